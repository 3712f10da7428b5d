#include "session/desktop_notifier.h"

#include <gio/gio.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/log.h"

namespace vouch {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLimit{1000};
constexpr char kName[] = "org.freedesktop.Notifications";
constexpr char kPath[] = "/org/freedesktop/Notifications";

template <auto Unref>
struct Unreffer {
  template <typename T>
  void operator()(T* object) const { Unref(object); }
};
using Variant = std::unique_ptr<GVariant, Unreffer<g_variant_unref>>;
using Message = std::unique_ptr<GDBusMessage, Unreffer<g_object_unref>>;
using Connection = std::unique_ptr<GDBusConnection, Unreffer<g_object_unref>>;

std::string TakeText(GError* error) {
  std::string text = error == nullptr ? "no reason was given" : error->message;
  g_clear_error(&error);
  return text;
}

// What came of a call. GLib may answer when nobody waits any more, but only in Impl's turns, so that Impl can own it.
struct Reply {
  bool done = false;
  std::string failure;
  std::string sender;  // unique name on the bus of who answered
  Variant body;

  static void Take(GObject* connection, GAsyncResult* result, gpointer data) {
    auto& reply = *static_cast<Reply*>(data);
    reply.Fill(connection, result);
    reply.done = true;
  }

 private:
  void Fill(GObject* connection, GAsyncResult* result) {
    GError* error = nullptr;
    const Message message(g_dbus_connection_send_message_with_reply_finish(reinterpret_cast<GDBusConnection*>(connection), result, &error));
    if (!message || g_dbus_message_to_gerror(message.get(), &error)) {
      failure = TakeText(error);
      return;
    }
    if (const char* name = g_dbus_message_get_sender(message.get())) sender = name;
    if (GVariant* value = g_dbus_message_get_body(message.get())) body.reset(g_variant_ref(value));
  }
};

struct Opening {
  bool done = false;
  std::string failure;
  Connection connection;

  static void Take(GObject*, GAsyncResult* result, gpointer data) {
    auto& opening = *static_cast<Opening*>(data);
    GError* error = nullptr;
    opening.connection.reset(g_dbus_connection_new_for_address_finish(result, &error));
    if (!opening.connection) opening.failure = TakeText(error);
    opening.done = true;
  }
};

// GLib would start programs for addresses of other kinds, and a bus where none is named.
bool NamesSocketsOnly(std::string_view address) {
  while (address.starts_with("unix:")) {
    const std::size_t next = address.find(';');
    if (next == std::string_view::npos) return true;
    address.remove_prefix(next + 1);
  }
  return address.empty();
}

// Empty: there is none.
std::string BusAddress() {
  if (const char* named = std::getenv("DBUS_SESSION_BUS_ADDRESS"); named != nullptr && *named != '\0')
    return NamesSocketsOnly(named) ? named : "";
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime == nullptr || runtime[0] != '/') return {};
  const std::string path = std::string(runtime) + "/bus";
  struct stat file {};
  if (lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return {};
  gchar* escaped = g_dbus_address_escape_value(path.c_str());
  std::string address = std::string("unix:path=") + escaped;
  g_free(escaped);
  return address;
}

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') escaped += "&amp;";
    else if (c == '<') escaped += "&lt;";
    else if (c == '>') escaped += "&gt;";
    else escaped += c;
  }
  return escaped;
}

GVariant* Text(const std::string& text) { return g_variant_new_take_string(g_utf8_make_valid(text.c_str(), -1)); }

// What the service can do with a text; where it does not tell in time, what nearly all can.
struct Abilities {
  bool body = true, markup = true;

  static Abilities Of(const Reply& reply) {
    if (!reply.body || !g_variant_is_of_type(reply.body.get(), G_VARIANT_TYPE("(as)"))) return {};
    const Variant list(g_variant_get_child_value(reply.body.get(), 0));
    Abilities can{false, false};
    for (gsize i = 0; i < g_variant_n_children(list.get()); ++i) {
      const Variant item(g_variant_get_child_value(list.get(), i));
      const std::string_view name = g_variant_get_string(item.get(), nullptr);
      can.body = can.body || name == "body";
      can.markup = can.markup || name == "body-markup";
    }
    return can;
  }
};

// No actions: vouchd may start no program, and only the person can touch the key.
GVariant* NotifyArguments(const Notice& notice, std::uint32_t replaces, Abilities can) {
  GVariantBuilder hints;
  g_variant_builder_init(&hints, G_VARIANT_TYPE("a{sv}"));
  g_variant_builder_add(&hints, "{sv}", "urgency", g_variant_new_byte(notice.urgency == Notice::Urgency::kCritical ? 2 : 1));
  g_variant_builder_add(&hints, "{sv}", "category", Text(notice.category));
  g_variant_builder_add(&hints, "{sv}", "desktop-entry", g_variant_new_string("sh.vouch.vouchd"));
  const std::string title = can.body ? notice.title : notice.title + ". " + notice.body;
  const std::string body = !can.body ? "" : can.markup ? Escaped(notice.body) : notice.body;
  constexpr gint32 kAsTheDesktopLikes = -1;
  return g_variant_new("(sus@s@s@as@a{sv}i)", "Vouch", replaces, "dialog-password", Text(title), Text(body),
                       g_variant_new_strv(nullptr, 0), g_variant_builder_end(&hints), kAsTheDesktopLikes);
}

}  // namespace

class DesktopNotifier::Impl {
 public:
  ~Impl() {
    if (!connection_) return;
    const Turn turn(*this);
    Wait([this] { return std::all_of(calls_.begin(), calls_.end(), [](const auto& call) { return call->done; }); });
    Settle();
    Disconnect();
  }

  void Show(const std::string& key, const Notice& notice) {
    const Turn turn(*this);
    if (!Connect()) return;
    const auto abilities = Call(kName, "GetCapabilities", nullptr);
    const bool known = Wait(abilities->done);
    if (known && !abilities->failure.empty()) return Failed("there is no notification service (" + abilities->failure + ")");
    // The id of another service, or of one before its restart, may be somebody else's notice there.
    std::uint32_t replaces = 0;
    if (const auto before = shown_.find(key); before != shown_.end() && known && before->second.service == abilities->sender)
      replaces = before->second.id;
    else Close(key);
    Abandon(key);
    awaited_[key] = Call(kName, "Notify", NotifyArguments(notice, replaces, Abilities::Of(*abilities)));
    if (!Wait(awaited_[key]->done)) return Failed("the notification service does not answer");
    if (const std::string failure = awaited_[key]->failure; !failure.empty()) Failed("the notification service refuses it (" + failure + ")");
    else failing_ = false;
    Settle();
  }

  void Withdraw(const std::string& key) {
    const Turn turn(*this);
    if (const auto awaited = awaited_.find(key); awaited != awaited_.end()) Wait(awaited->second->done);
    Settle();
    Abandon(key);
    if (const auto closed = Close(key)) Wait(closed->done);
    if (shown_.empty() && awaited_.empty() && abandoned_.empty()) Disconnect();
  }

 private:
  struct Shown {
    std::uint32_t id;
    std::string service;  // unique name on the bus
  };

  // One call from outside: its deadline, and GLib's answers on this thread.
  class Turn {
   public:
    explicit Turn(Impl& impl) : lock_(impl.mutex_), context_(impl.context_.get()) {
      impl.deadline_ = steady_clock::now() + kLimit;
      g_main_context_push_thread_default(context_);
      while (g_main_context_iteration(context_, FALSE)) {
      }
      if (impl.connection_ && g_dbus_connection_is_closed(impl.connection_.get())) impl.Forget();
      std::erase_if(impl.calls_, [](const auto& call) { return call->done; });
      std::erase_if(impl.openings_, [](const auto& opening) { return opening->done; });
      impl.Settle();
    }
    ~Turn() { g_main_context_pop_thread_default(context_); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    const std::lock_guard<std::mutex> lock_;
    GMainContext* const context_;
  };

  bool Connect() {
    if (connection_) return true;
    const std::string address = BusAddress();
    if (address.empty()) {
      Failed("there is no session bus");
      return false;
    }
    const auto& opening = openings_.emplace_back(std::make_unique<Opening>());
    const std::unique_ptr<GCancellable, Unreffer<g_object_unref>> cancel(g_cancellable_new());
    const auto flags = static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                         G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION);
    g_dbus_connection_new_for_address(address.c_str(), flags, nullptr, cancel.get(), Opening::Take, opening.get());
    if (!Wait(opening->done)) g_cancellable_cancel(cancel.get());
    connection_ = std::move(opening->connection);
    if (!connection_) Failed("the session bus cannot be used (" + (opening->done ? opening->failure : "no answer") + ")");
    return connection_ != nullptr;
  }

  void Disconnect() {
    if (connection_) g_dbus_connection_close(connection_.get(), nullptr, nullptr, nullptr);
    Forget();
  }

  void Forget() {
    connection_.reset();
    shown_.clear();
    awaited_.clear();
    abandoned_.clear();
  }

  // `arguments` may be floating.
  std::shared_ptr<Reply> Call(const std::string& destination, const char* method, GVariant* arguments) {
    constexpr gint kOfTheBus = -1;  // milliseconds; long after nobody waits here any more
    auto reply = std::make_shared<Reply>();
    const Message message(g_dbus_message_new_method_call(destination.c_str(), kPath, kName, method));
    if (arguments != nullptr) g_dbus_message_set_body(message.get(), arguments);
    g_dbus_connection_send_message_with_reply(connection_.get(), message.get(), G_DBUS_SEND_MESSAGE_FLAGS_NONE, kOfTheBus, nullptr,
                                              nullptr, Reply::Take, reply.get());
    calls_.push_back(reply);
    return reply;
  }

  bool Wait(const bool& done) {
    return Wait([&done] { return done; });
  }

  // True when `done` before the deadline, by what GLib calls back on this thread.
  template <typename Done>
    requires std::is_invocable_v<Done>
  bool Wait(Done done) {
    using std::chrono::milliseconds;
    const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - steady_clock::now());
    bool late = false;
    GSource* alarm = g_timeout_source_new(static_cast<guint>(std::max(left, milliseconds(0)).count()));
    g_source_set_callback(alarm, [](gpointer flag) -> gboolean { return *static_cast<bool*>(flag) = true, G_SOURCE_REMOVE; }, &late, nullptr);
    g_source_attach(alarm, context_.get());
    while (!done() && !late) g_main_context_iteration(context_.get(), TRUE);
    g_source_destroy(alarm);
    g_source_unref(alarm);
    return done();
  }

  static std::optional<Shown> ShownBy(const Reply& reply) {
    if (!reply.body || !g_variant_is_of_type(reply.body.get(), G_VARIANT_TYPE("(u)"))) return std::nullopt;
    std::uint32_t id = 0;
    g_variant_get(reply.body.get(), "(u)", &id);
    return Shown{id, reply.sender};
  }

  // Takes note of what was answered meanwhile.
  void Settle() {
    std::erase_if(awaited_, [this](const auto& one) {
      if (!one.second->done) return false;
      if (auto shown = ShownBy(*one.second)) shown_[one.first] = *shown;
      return true;
    });
    std::erase_if(abandoned_, [this](const auto& one) {
      if (!one->done) return false;
      if (auto shown = ShownBy(*one)) Close(*shown);
      return true;
    });
  }

  // To be withdrawn as soon as its id is known.
  void Abandon(const std::string& key) {
    if (auto awaited = awaited_.extract(key)) abandoned_.push_back(std::move(awaited.mapped()));
  }

  std::shared_ptr<Reply> Close(const std::string& key) {
    const auto shown = shown_.extract(key);
    return shown ? Close(shown.mapped()) : nullptr;
  }

  std::shared_ptr<Reply> Close(const Shown& shown) {
    return Call(shown.service, "CloseNotification", g_variant_new("(u)", shown.id));
  }

  void Failed(const std::string& why) {
    if (!std::exchange(failing_, true)) LogInfo("no desktop notices: " + why);
  }

  std::mutex mutex_;
  const std::unique_ptr<GMainContext, Unreffer<g_main_context_unref>> context_{g_main_context_new()};
  Connection connection_;
  steady_clock::time_point deadline_;
  std::vector<std::unique_ptr<Opening>> openings_;  // that GLib may still answer, as the next
  std::vector<std::shared_ptr<Reply>> calls_;
  std::map<std::string, Shown> shown_;
  std::map<std::string, std::shared_ptr<Reply>> awaited_;  // of Notify, for notices that are still wanted
  std::vector<std::shared_ptr<Reply>> abandoned_;          // of Notify, for those that are not
  bool failing_ = false;                                   // and that was logged
};

DesktopNotifier::DesktopNotifier() : impl_(std::make_unique<Impl>()) {}
DesktopNotifier::~DesktopNotifier() = default;
bool DesktopNotifier::available() const { return !BusAddress().empty(); }
void DesktopNotifier::Show(const std::string& key, const Notice& notice) { impl_->Show(key, notice); }
void DesktopNotifier::Withdraw(const std::string& key) { impl_->Withdraw(key); }

}  // namespace vouch
