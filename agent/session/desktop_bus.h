// The session bus and what vouchd says to org.freedesktop.Notifications on it (Desktop Notifications Specification 1.2). Used by
// desktop_notifier and desktop_questions, each with a connection of its own; the only header that knows GLib.
#pragma once

#include <gio/gio.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "session/notifier.h"

namespace vouch {

template <auto Unref>
struct Unreffer {
  template <typename T>
  void operator()(T* object) const { Unref(object); }
};

// What the service can do with a text; where it does not tell in time, what nearly all can.
struct DesktopAbilities {
  bool body = true, markup = true, actions = false;
};

// What came of a call. GLib may answer when nobody waits any more, but only in a turn of the bus, so that the bus can own it.
class DesktopReply {
 public:
  bool done() const { return done_; }
  const std::string& failure() const { return failure_; }  // empty: it was answered
  const std::string& sender() const { return sender_; }    // unique name on the bus of who answered

  DesktopAbilities Abilities() const;            // of an answer to GetCapabilities
  std::optional<std::uint32_t> NoticeId() const;  // of an answer to Notify

 private:
  friend class DesktopBus;
  static void Take(GObject* connection, GAsyncResult* result, gpointer data);
  void Fill(GObject* connection, GAsyncResult* result);

  bool done_ = false;
  std::string failure_, sender_;
  std::unique_ptr<GVariant, Unreffer<g_variant_unref>> body_;
};

// One connection, made when it is wanted. For one thread at a time, which holds a Turn meanwhile.
class DesktopBus {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // GLib's answers come on this thread while it lives. Takes note of what has come before.
  class Turn {
   public:
    explicit Turn(DesktopBus& bus);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    GMainContext* const context_;
  };

  // Empty: there is a connection. Else why there is none.
  std::string Connect(Deadline deadline);
  bool connected() const { return connection_ != nullptr; }

  // Whether the bus has ended the connection.
  bool lost() const { return connection_ && g_dbus_connection_is_closed(connection_.get()); }

  void Disconnect();

  // Calls of the service: by its well-known name, or the unique one of who has shown a notice.
  std::shared_ptr<DesktopReply> GetCapabilities();
  std::shared_ptr<DesktopReply> Notify(const Notice& notice, std::uint32_t replaces, const DesktopAbilities& can);
  std::shared_ptr<DesktopReply> Close(const std::string& service, std::uint32_t id);

  // A notice with two buttons, "allow" and "deny", that stays until it is closed.
  std::shared_ptr<DesktopReply> NotifyQuestion(const Notice& question, const DesktopAbilities& can);

  // Tells of ActionInvoked and NotificationClosed of whatever service, in turns, until Disconnect. `action` is empty for the latter.
  void Listen(std::function<void(const std::string& service, std::uint32_t id, const std::string& action)> heard);

  // True when `done` before the deadline, by what GLib calls back on this thread.
  bool Wait(const std::function<bool()>& done, Deadline deadline);

  // Waits for the next thing that happens, or for Wake, without a limit.
  void WaitForAnything() { g_main_context_iteration(context_.get(), TRUE); }

  // Ends WaitForAnything, and has Wait look again; any thread.
  void Wake() { g_main_context_wakeup(context_.get()); }

  // Whether calls wait for their answers.
  bool busy() const;

 private:
  struct Opening;

  std::shared_ptr<DesktopReply> Call(const std::string& destination, const char* method, GVariant* arguments);
  static void OnSignal(GDBusConnection*, const gchar* sender, const gchar*, const gchar*, const gchar* signal, GVariant* arguments,
                       gpointer bus);

  const std::unique_ptr<GMainContext, Unreffer<g_main_context_unref>> context_{g_main_context_new()};
  std::unique_ptr<GDBusConnection, Unreffer<g_object_unref>> connection_;
  std::vector<std::shared_ptr<Opening>> openings_;  // that GLib may still answer, as the next
  std::vector<std::shared_ptr<DesktopReply>> calls_;
  std::function<void(const std::string&, std::uint32_t, const std::string&)> heard_;
  guint subscription_ = 0;
};

}  // namespace vouch
