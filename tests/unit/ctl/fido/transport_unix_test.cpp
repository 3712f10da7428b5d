#include "fido/transport_unix.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <atomic>
#include <cstring>
#include <thread>

#include "fakes/temp_folder.h"
#include "fido/handles.h"
#include "unique_fd.h"

namespace vouch {
namespace {

// Sends reports that answer nothing, without a pause, to whoever connects first.
class Babbler {
 public:
  explicit Babbler(const std::string& path) : listener_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
    thread_ = std::thread([this] { Babble(); });
  }
  ~Babbler() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  // Taken so far; whole ones.
  int reports() const { return reports_; }

 private:
  void Babble() {
    const UniqueFd caller(accept(listener_.get(), nullptr, nullptr));
    const int small = 1;  // hardly any are on their way
    setsockopt(caller.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    std::array<char, 64> report;
    report.fill('\x5a');
    while (send(caller.get(), report.data(), report.size(), MSG_NOSIGNAL) > 0) ++reports_;
  }

  const UniqueFd listener_;
  std::atomic<int> reports_ = 0;
  std::thread thread_;
};

int ReportsUntilGivenUp(int limit_ms) {
  const TempFolder folder;
  const std::string path = folder.path() + "/key.sock";
  const Babbler babbler(path);
  const UniqueDevice device(fido_dev_new());
  EXPECT_EQ(fido_dev_set_io_functions(device.get(), &kUnixTransport), FIDO_OK);
  EXPECT_EQ(fido_dev_set_timeout(device.get(), limit_ms), FIDO_OK);
  EXPECT_EQ(fido_dev_open(device.get(), path.c_str()), FIDO_ERR_RX);
  return babbler.reports();
}

TEST(UnixTransport, AKeyThatSendsWithoutAPauseIsGivenUpAtTheLimit) {
  fido_init(FIDO_DISABLE_U2F_FALLBACK);
  int reports = 0;

  for (const int limit_ms : {1000, 4000, 16000}) {  // a busy machine may hold the babbler for a second
    reports = ReportsUntilGivenUp(limit_ms);
    EXPECT_LT(reports, 256 + limit_ms + 200);  // at once, until the limit, and in the socket
    if (reports > 10) break;
  }

  EXPECT_GT(reports, 10);
}

}  // namespace
}  // namespace vouch
