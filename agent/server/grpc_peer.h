// gRPC's name of a connection that it was handed: "fd:12".
#pragma once

#include <charconv>
#include <string_view>

namespace vouch {

// The descriptor in it; -1 when it is named otherwise.
inline int DescriptorOf(std::string_view grpc_peer) {
  constexpr std::string_view kPrefix = "fd:";
  int fd = -1;
  if (grpc_peer.starts_with(kPrefix)) std::from_chars(grpc_peer.data() + kPrefix.size(), grpc_peer.data() + grpc_peer.size(), fd);
  return fd;
}

}  // namespace vouch
