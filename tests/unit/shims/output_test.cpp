#include "output.h"

#include <array>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace vouch {
namespace {

// A parent may have made the pipe non-blocking, and be slow to read.
TEST(Output, WaitsForTheReaderOfAFullPipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  ASSERT_EQ(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
  const std::string text(1024 * 1024, 'x');
  const int stdout_before = dup(STDOUT_FILENO);
  dup2(ends[1], STDOUT_FILENO);
  close(ends[1]);
  std::size_t received = 0;
  std::thread reader([&] {
    std::array<char, 65536> buffer;
    ssize_t size = 0;
    while ((size = read(ends[0], buffer.data(), buffer.size())) > 0) received += static_cast<std::size_t>(size);
  });

  const auto write_all = [&] { WriteOutput(text); };
  EXPECT_NO_THROW(write_all());

  dup2(stdout_before, STDOUT_FILENO);
  close(stdout_before);
  reader.join();
  close(ends[0]);
  EXPECT_EQ(received, text.size());
}

}  // namespace
}  // namespace vouch
