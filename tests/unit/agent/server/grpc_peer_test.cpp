#include "server/grpc_peer.h"

#include <gtest/gtest.h>

namespace vouch {
namespace {

TEST(GrpcPeer, IsADescriptorOrUnknown) {
  EXPECT_EQ(DescriptorOf("fd:12"), 12);
  for (const char* other : {"", "fd", "fd:", "fd:x", "fd:99999999999", "unix:/run/x", "ipv4:127.0.0.1:1"}) EXPECT_EQ(DescriptorOf(other), -1);
}

}  // namespace
}  // namespace vouch
