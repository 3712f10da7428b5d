// The connections behind the doorstep: how many there are, whose, and whether anybody has use of them. gRPC knows not who is at
// the other end, and its own limits of time need its timers, which vouchd has ended (server/grpc_process). It gets a connection
// when its client has said something: to set one up for gRPC costs more than a call. Used by call_server.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/on_behalf.h"
#include "server/heap_watch.h"
#include "server/socket.h"

namespace vouch {

// Any thread, but for what says otherwise.
class Connections {
 public:
  using Milliseconds = std::chrono::milliseconds;

  struct Limits {
    std::size_t in_all = 2048;    // 1000 helpers at once are to be served (design 8)
    std::size_t a_process = 128;  // one that has run wild must not take them all
    std::size_t calls = 40;       // under way on one connection: twice the streams that it may have open; more only a flood has
    std::size_t heap_bytes = 64 * 1024 * 1024;  // in use beyond what it is without connections; a helper that waits takes 25 KB
    std::size_t abandoned = 50;  // calls of one connection, given up before their answer, in ten seconds
    std::size_t few = 4;  // connections of one process, of which none is suspected of a flood at once
    Milliseconds first_call{10'000};  // from admission until a whole request has come
    Milliseconds taking{30'000};      // to take an answer, or a further one of those that wait
    Milliseconds idle{300'000};       // without a call
  };

  // These, with no more connections than the process may have descriptors for: each takes two.
  static Limits FittingLimits();

  Connections(boost::asio::io_context& loop, Limits limits);

  using HandOn = std::function<void(int fd)>;

  // Takes over a checked connection (non-blocking), and hands it on to gRPC when its first bytes are there. Closes it when there is
  // no room. Room is made by ending what has no call under way, the oldest first; and, where all are busy, at the expense of the
  // process that has the most. On the loop.
  void Admit(UniqueFd fd, const HandOn& hand_on);

  // A call, from its coming to its end. Keeps its connection from being ended as an idle one.
  class Call {
   public:
    // `grpc_peer` as gRPC names what it was handed: "fd:12".
    Call(Connections& connections, const std::string& grpc_peer);
    ~Call() { connections_.End(*this); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    // Whether anybody is there to take an answer. No work is to be done for who has hung up or was shut out: gRPC brings thousands
    // of calls that such a client has sent before.
    bool is_wanted() const { return wanted_; }

    // For whom it is worked on (base/on_behalf.h).
    pid_t behalf() const { return pid_ != 0 ? pid_ : OnBehalfOf::kUnknown; }

    // From now on it is for the client to take the answer.
    void Answering() { connections_.Answering(*this); }

    // The client had given it up before the answer was written.
    void WasAbandoned() { abandoned_ = true; }

   private:
    friend Connections;
    Connections& connections_;
    std::uint64_t number_ = 0;  // of its connection; 0 when that has gone
    pid_t pid_ = 0;
    bool wanted_ = true;
    bool answering_ = false;
    bool abandoned_ = false;
  };

  // Ends who has no call under way, at once and from now on, and admits nobody.
  void Stop();

  // Those open; who hung up counts until it is noticed, soon.
  std::size_t count() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Socket = boost::asio::local::stream_protocol::socket;

  // Waits for the next word on a descriptor that is another's.
  class Lookout {
   public:
    template <typename Executor, typename Spoken>
    Lookout(const Executor& loop, int fd, Spoken spoken) : socket_(loop) {
      boost::system::error_code error;  // the timer looks all the same
      socket_.assign(Socket::protocol_type(), fd, error);
      if (!error) socket_.async_wait(Socket::wait_read, std::move(spoken));
    }
    ~Lookout() {
      boost::system::error_code ignored;
      socket_.release(ignored);
    }
    Lookout(const Lookout&) = delete;
    Lookout& operator=(const Lookout&) = delete;

   private:
    Socket socket_;
  };

  struct Connection {
    UniqueFd twin;  // of gRPC's descriptor: to end it, and to see that it has ended
    std::optional<Socket> silent = {};  // until its client says something
    std::optional<Lookout> lookout = {};  // while nobody looks at it
    pid_t pid = 0;  // 0: of another PID namespace
    int grpc_fd = -1;
    Time admitted = {};
    Time since = {};  // the last change of `calls`, or the admission
    Time answering_since = {};   // or since one of several was taken
    std::size_t calls = 0;
    std::size_t answering = 0;  // of them
    std::size_t abandoned = 0;  // since:
    Time abandoned_since = {};
    bool has_called = false;
    bool ended = false;  // by us; gRPC is about to close it
  };
  using Table = std::map<std::uint64_t, Connection>;  // in the order of their admission

  void Begin(Call& call, const std::string& grpc_peer);
  void Answering(Call& call);
  void End(const Call& call);

  struct Entered {
    std::uint64_t number;
    UniqueFd fd;  // for gRPC
  };

  std::optional<Entered> Enter(UniqueFd fd);
  int TwinOf(int fd);
  void WaitForAWord(std::uint64_t number, UniqueFd fd, const HandOn& hand_on);
  void HasSpoken(std::uint64_t number, const HandOn& hand_on);
  void CountAbandoned(Connection& connection, Time now);
  void ShutOut(Connection& connection, const char* why);
  void Bar(pid_t pid, Time now, const char* why);
  bool MakeRoom(pid_t pid);
  std::size_t CountOf(pid_t pid) const;
  Connection* OldestUnused(pid_t pid);
  Connection* OldestOfTheGreediest(std::size_t than);
  void EndConnection(Connection& connection, const char* why);
  void Remove(Table::iterator connection);
  void RemoveHungUp();
  const char* WhyTooLong(const Connection& connection, Time now) const;
  void EndWhatTakesTooLong(Time now);
  void EndWhatTakesTooMuch(Time now);
  bool IsSuspect(const Connection& connection, Time now) const;
  bool IsBarred(pid_t pid) const;
  void Sweep();
  void Rest();
  void Stir();
  void SetTimer();
  void TellRefused(pid_t pid);

  const Limits limits_;
  boost::asio::steady_timer timer_;
  bool timer_is_set_ = false;   // on the loop
  Milliseconds pause_{0};       // on the loop
  int last_fd_ = 0;             // that gRPC got; on the loop
  Time told_refused_ = {};      // when it was logged; on the loop

  mutable std::mutex mutex_;
  Table table_;
  std::unordered_map<int, std::uint64_t> by_grpc_fd_;
  std::unordered_map<pid_t, std::size_t> by_process_;  // those not ended by us
  std::unordered_map<pid_t, Time> barred_until_;       // who has flooded us: no connection until then
  std::size_t open_ = 0;                               // the same, in all
  std::uint64_t last_number_ = 0;
  bool has_news_ = false;     // a call has come since the last look
  HeapWatch heap_;
  Time told_too_much_ = {};
  Time told_barred_ = {};
  bool stopped_ = false;
  bool cannot_tell_ = false;  // gRPC names its connections otherwise: nothing can be said of their use
};

}  // namespace vouch
