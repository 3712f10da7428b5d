#include "server/connections.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/log.h"
#include "server/grpc_peer.h"
#include "server/peer.h"

namespace vouch {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Between two looks at all of them: short while something is bound to happen, else at most twice a minute, until one of them sends.
constexpr milliseconds kShortPause{50}, kLongPause{30'000};
constexpr milliseconds kBetweenWarnings{10'000};
constexpr milliseconds kToFree{4000};  // what ended connections held
constexpr milliseconds kToAsk{2000};   // for an honest client, on a busy machine
constexpr milliseconds kBarred{60'000};
constexpr milliseconds kAbandonedWithin{10'000};
constexpr rlim_t kOtherDescriptors = 128;  // files, upstream, endpoints

bool HasBytes(int fd) {
  char byte = 0;
  return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

// What gRPC has not read yet, it is not to read: for a client that floods it, that is some thousand calls more.
void TakeWhatIsUnread(int fd) {
  std::array<char, 16 * 1024> buffer;
  while (recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) continue;
}

bool IsTimeToTell(steady_clock::time_point& last) {
  const auto now = steady_clock::now();
  if (last != steady_clock::time_point{} && now - last < kBetweenWarnings) return false;  // it may go on for long
  last = now;
  return true;
}

}  // namespace

Connections::Limits Connections::FittingLimits() {
  Limits limits;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return limits;
  const rlim_t for_us = files.rlim_cur > 2 * kOtherDescriptors ? files.rlim_cur - kOtherDescriptors : files.rlim_cur / 2;
  limits.in_all = std::clamp<std::size_t>(for_us / 2, 1, limits.in_all);
  limits.a_process = std::clamp<std::size_t>(limits.in_all / 4, 1, limits.a_process);
  return limits;
}

Connections::Connections(boost::asio::io_context& loop, Limits limits) : limits_(limits), timer_(loop), heap_(limits.heap_bytes) {}

void Connections::Admit(UniqueFd fd, const HandOn& hand_on) {
  std::optional<Entered> entered = Enter(std::move(fd));
  if (!entered) return;
  pause_ = kShortPause;
  SetTimer();
  if (HasBytes(entered->fd.get())) return hand_on(entered->fd.Release());
  WaitForAWord(entered->number, std::move(entered->fd), hand_on);
}

// Nothing when there is no room.
std::optional<Connections::Entered> Connections::Enter(UniqueFd fd) {
  UniqueFd for_grpc(TwinOf(fd.get()));
  if (for_grpc.get() < 0) return std::nullopt;
  const auto peer = PeerOf(fd.get());
  const pid_t pid = peer ? peer->pid : 0;
  const std::lock_guard lock(mutex_);
  if (stopped_) return std::nullopt;
  // A number may come again as soon as gRPC has closed it, which may be before a look at all of them.
  if (auto former = by_grpc_fd_.find(for_grpc.get()); former != by_grpc_fd_.end()) Remove(table_.find(former->second));
  if (IsBarred(pid)) return std::nullopt;
  if (!MakeRoom(pid)) {
    TellRefused(pid);
    return std::nullopt;
  }
  Connection& connection = table_[++last_number_];
  connection.twin = std::move(fd);
  connection.pid = pid;
  connection.grpc_fd = for_grpc.get();
  connection.admitted = connection.since = steady_clock::now();
  by_grpc_fd_[connection.grpc_fd] = last_number_;
  ++by_process_[pid];
  ++open_;
  return Entered{last_number_, std::move(for_grpc)};
}

// gRPC knows a connection by the number of its descriptor alone, and may bring calls of one that has long ended: each gets the next
// number, so that it is long before one comes again, and nobody answers for the calls of another. -1 when there is none left.
int Connections::TwinOf(int fd) {
  const int highest = static_cast<int>(2 * limits_.in_all + kOtherDescriptors);
  const int from = last_fd_ < highest ? last_fd_ + 1 : 0;
  int twin = fcntl(fd, F_DUPFD_CLOEXEC, from);
  if (twin < 0) twin = fcntl(fd, F_DUPFD_CLOEXEC, 0);  // beyond what the process may have
  return last_fd_ = twin;
}

void Connections::WaitForAWord(std::uint64_t number, UniqueFd fd, const HandOn& hand_on) {
  const std::lock_guard lock(mutex_);
  Socket& socket = table_.at(number).silent.emplace(timer_.get_executor());
  boost::system::error_code error;
  socket.assign(Socket::protocol_type(), fd.get(), error);
  if (error) return Remove(table_.find(number));
  fd.Release();
  socket.async_wait(Socket::wait_read, [this, number, hand_on](const boost::system::error_code&) { HasSpoken(number, hand_on); });
}

// Or hung up, or was ended, or removed.
void Connections::HasSpoken(std::uint64_t number, const HandOn& hand_on) {
  UniqueFd fd;
  {
    const std::lock_guard lock(mutex_);
    const auto found = table_.find(number);
    if (found == table_.end()) return;
    if (found->second.ended || !HasBytes(found->second.grpc_fd)) return Remove(found);
    fd = UniqueFd(found->second.silent->release());
    found->second.silent.reset();
  }
  hand_on(fd.Release());
}

std::size_t Connections::count() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

void Connections::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (auto& [number, connection] : table_)
    if (connection.calls == 0) EndConnection(connection, "vouchd stops");
}

Connections::Call::Call(Connections& connections, const std::string& grpc_peer)
    : connections_(connections) {
  connections.Begin(*this, grpc_peer);
}

void Connections::Begin(Call& call, const std::string& grpc_peer) {
  const int fd = DescriptorOf(grpc_peer);
  const std::lock_guard lock(mutex_);
  if (fd < 0) {
    if (!std::exchange(cannot_tell_, true)) LogError("gRPC does not tell its connections apart: they have no limits of time");
    return;
  }
  const auto found = by_grpc_fd_.find(fd);
  call.wanted_ = found != by_grpc_fd_.end() && !table_.at(found->second).ended;
  if (!call.wanted_) return;
  call.number_ = found->second;
  Connection& connection = table_.at(call.number_);
  call.pid_ = connection.pid;
  connection.has_called = has_news_ = true;
  connection.since = steady_clock::now();
  // A client that abandons its calls may make more, which HTTP/2 does not count any more; the work on them goes on.
  if (++connection.calls <= limits_.calls) return;
  ShutOut(connection, "too many calls");
  call.wanted_ = false;
}

void Connections::Answering(Call& call) {
  const std::lock_guard lock(mutex_);
  const auto found = table_.find(call.number_);
  if (found == table_.end()) return;
  call.answering_ = true;
  if (found->second.answering++ == 0) found->second.answering_since = steady_clock::now();
}

void Connections::End(const Call& call) {
  const std::lock_guard lock(mutex_);
  const auto found = table_.find(call.number_);
  if (found == table_.end()) return;
  Connection& connection = found->second;
  connection.since = connection.answering_since = steady_clock::now();
  if (call.answering_) --connection.answering;
  if (call.abandoned_) CountAbandoned(connection, connection.since);
  if (--connection.calls == 0 && stopped_) EndConnection(connection, "vouchd stops");
}

// "Rapid reset" (CVE-2023-44487): gRPC 1.51 works through every call that is given up at once, and all others wait meanwhile.
void Connections::CountAbandoned(Connection& connection, Time now) {
  if (now - connection.abandoned_since >= kAbandonedWithin) {
    connection.abandoned_since = now;
    connection.abandoned = 0;
  }
  if (++connection.abandoned < limits_.abandoned) return;
  ShutOut(connection, "it abandons its calls");
}

// With all of its process, for a while: it would come again at once.
void Connections::ShutOut(Connection& connection, const char* why) {
  EndConnection(connection, why);
  if (connection.pid == 0) return;
  Bar(connection.pid, steady_clock::now(), why);
  for (auto& [number, other] : table_)
    if (other.pid == connection.pid) EndConnection(other, why);
}

void Connections::Bar(pid_t pid, Time now, const char* why) {
  const bool is_news = !IsBarred(pid);
  barred_until_[pid] = now + kBarred;
  if (is_news && IsTimeToTell(told_barred_))
    LogWarning("pid " + std::to_string(pid) + " is shut out for a minute: " + why);
}

bool Connections::MakeRoom(pid_t pid) {
  const auto process_is_full = [&] { return pid != 0 && CountOf(pid) >= limits_.a_process; };
  const auto is_full = [&] { return open_ >= limits_.in_all; };
  if (process_is_full() || is_full()) RemoveHungUp();
  if (process_is_full()) {
    Connection* oldest = OldestUnused(pid);
    if (oldest == nullptr) return false;
    EndConnection(*oldest, "its process has too many");
  }
  if (is_full()) {
    Connection* oldest = OldestUnused(0);
    if (oldest == nullptr) oldest = OldestOfTheGreediest(CountOf(pid) + 1);
    if (oldest == nullptr) return false;
    EndConnection(*oldest, "there are too many");
  }
  return true;
}

std::size_t Connections::CountOf(pid_t pid) const {
  const auto found = by_process_.find(pid);
  return found == by_process_.end() ? 0 : found->second;
}

// Of that process, or of any when it is 0; null when all are busy.
Connections::Connection* Connections::OldestUnused(pid_t pid) {
  Connection* oldest = nullptr;
  for (auto& [number, connection] : table_) {
    if (connection.ended || connection.calls > 0 || (pid != 0 && connection.pid != pid)) continue;
    if (oldest == nullptr || connection.since < oldest->since) oldest = &connection;
  }
  return oldest;
}

// Of the process that has more than that many, and the most; null when none has.
Connections::Connection* Connections::OldestOfTheGreediest(std::size_t than) {
  const auto most = std::max_element(by_process_.begin(), by_process_.end(),
                                     [](const auto& one, const auto& other) { return one.second < other.second; });
  if (most == by_process_.end() || most->second <= than) return nullptr;
  for (auto& [number, connection] : table_)
    if (!connection.ended && connection.pid == most->first) return &connection;
  return nullptr;
}

// gRPC, or HasSpoken, sees that nothing more can be read, and closes its own. What was written before still reaches the client.
void Connections::EndConnection(Connection& connection, const char* why) {
  if (std::exchange(connection.ended, true)) return;
  shutdown(connection.twin.get(), SHUT_RDWR);
  TakeWhatIsUnread(connection.twin.get());
  --open_;
  if (--by_process_[connection.pid] == 0) by_process_.erase(connection.pid);
  if (IsLogged(LogLevel::kDebug)) LogDebug("ended a connection of pid " + std::to_string(connection.pid) + ": " + why);
}

void Connections::Remove(Table::iterator found) {
  Connection& connection = found->second;
  if (!connection.ended) {
    --open_;
    if (--by_process_[connection.pid] == 0) by_process_.erase(connection.pid);
  }
  by_grpc_fd_.erase(connection.grpc_fd);
  table_.erase(found);
}

// Whoever has hung up, and those whose end gRPC has closed or we have: each is shut down in both directions.
void Connections::RemoveHungUp() {
  std::vector<pollfd> ends;
  ends.reserve(table_.size());
  for (const auto& [number, connection] : table_) ends.push_back({connection.twin.get(), 0, 0});
  if (poll(ends.data(), static_cast<nfds_t>(ends.size()), 0) <= 0) return;
  auto end = ends.begin();
  for (auto connection = table_.begin(); connection != table_.end(); ++end) {
    const auto next = std::next(connection);
    if (end->revents != 0) Remove(connection);
    connection = next;
  }
}

// Null as long as it may go on.
const char* Connections::WhyTooLong(const Connection& connection, Time now) const {
  if (connection.answering > 0 && now - connection.answering_since >= limits_.taking) return "it does not take its answer";
  if (connection.calls > 0) return nullptr;
  if (!connection.has_called) return now - connection.since >= limits_.first_call ? "it asks nothing" : nullptr;
  return now - connection.since >= limits_.idle ? "it is idle" : nullptr;
}

void Connections::EndWhatTakesTooLong(Time now) {
  if (cannot_tell_) return;
  for (auto& [number, connection] : table_)
    if (const char* why = connection.ended ? nullptr : WhyTooLong(connection, now)) EndConnection(connection, why);
}

// gRPC 1.51 holds a client that acknowledges none of its limits to 16 MB of headers a call, and to no number of calls; nor does it
// count those that are given up at once ("rapid reset", CVE-2023-44487). What that takes cannot be told by connection: first those go
// that look like it, when that does not help all that nothing is worked on for, and at last all.
void Connections::EndWhatTakesTooMuch(Time now) {
  if (!heap_.IsTooMuch(now)) return;
  if (IsTimeToTell(told_too_much_))
    LogWarning("requests take " + std::to_string(heap_.bytes() >> 20) + " MiB: ended connections for which nothing is worked on");
  for (const auto& [pid, count] : by_process_)
    if (pid != 0 && count > limits_.few) Bar(pid, now, "it has many connections while there is too much in memory");
  for (auto& [number, connection] : table_)
    if (!connection.ended && IsSuspect(connection, now)) EndConnection(connection, "there is too much in memory");
}

bool Connections::IsSuspect(const Connection& connection, Time now) const {
  const auto so_far = now - heap_.too_much_since();
  if (so_far >= 2 * kToFree) return true;
  if (connection.calls > connection.answering) return false;  // worked on
  return so_far >= kToFree || now - connection.admitted >= kToAsk || IsBarred(connection.pid);
}

bool Connections::IsBarred(pid_t pid) const {
  const auto found = barred_until_.find(pid);
  return found != barred_until_.end() && steady_clock::now() < found->second;
}

void Connections::Sweep() {
  {
    const std::lock_guard lock(mutex_);
    const Time now = steady_clock::now();
    RemoveHungUp();
    std::erase_if(barred_until_, [now](const auto& barred) { return barred.second <= now; });
    EndWhatTakesTooLong(now);
    EndWhatTakesTooMuch(now);
    if (table_.empty() && heap_.CalmDown(now)) return;
    const bool is_one_due = std::any_of(table_.begin(), table_.end(), [](const auto& one) {
      return one.second.ended || !one.second.has_called || one.second.answering > 0;
    });
    const bool soon = std::exchange(has_news_, false) || heap_.too_much_since() != Time{} || is_one_due;
    pause_ = soon ? kShortPause : std::min(2 * pause_, kLongPause);
    if (!soon) Rest();
  }
  SetTimer();
}

// The first that sends is looked at without waiting for the timer. Not at every word: that would wake the loop for each call.
void Connections::Rest() {
  for (auto& [number, connection] : table_) {
    if (connection.silent || connection.lookout) continue;
    connection.lookout.emplace(timer_.get_executor(), connection.twin.get(), [this](const boost::system::error_code& cancelled) {
      if (!cancelled) Stir();
    });
  }
}

void Connections::Stir() {
  const std::lock_guard lock(mutex_);
  for (auto& [number, connection] : table_) connection.lookout.reset();
  pause_ = kShortPause;
  SetTimer();
}

void Connections::SetTimer() {
  if (std::exchange(timer_is_set_, true)) {
    if (timer_.expiry() <= steady_clock::now() + pause_) return;
  }
  timer_.expires_after(pause_);
  timer_.async_wait([this](const boost::system::error_code& replaced) {
    if (replaced) return;
    timer_is_set_ = false;
    Sweep();
  });
}

void Connections::TellRefused(pid_t pid) {
  if (!IsTimeToTell(told_refused_)) return;
  LogWarning("no room for a connection of pid " + std::to_string(pid) + ", " + ExecutableOf(pid) + ": it has " +
             std::to_string(CountOf(pid)) + " of " + std::to_string(open_) + ", and all are busy");
}

}  // namespace vouch
