#include "session/desktop_bus.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "session/session_bus.h"

namespace vouch {
namespace {

using std::chrono::steady_clock;

constexpr char kName[] = "org.freedesktop.Notifications";
constexpr char kPath[] = "/org/freedesktop/Notifications";
constexpr gint32 kAsTheDesktopLikes = -1;  // expire_timeout
constexpr gint32 kNever = 0;

using Variant = std::unique_ptr<GVariant, Unreffer<g_variant_unref>>;
using Message = std::unique_ptr<GDBusMessage, Unreffer<g_object_unref>>;

std::string TakeText(GError* error) {
  std::string text = error == nullptr ? "no reason was given" : error->message;
  g_clear_error(&error);
  return text;
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

// `actions`: pairs of a key and a label, then null. vouchd may start no program, and only the person can touch the key, so that there
// is nothing to press but an answer.
GVariant* NotifyArguments(const Notice& notice, std::uint32_t replaces, const DesktopAbilities& can, const gchar* const* actions,
                          gint32 expire_timeout) {
  GVariantBuilder hints;
  g_variant_builder_init(&hints, G_VARIANT_TYPE("a{sv}"));
  g_variant_builder_add(&hints, "{sv}", "urgency", g_variant_new_byte(notice.urgency == Notice::Urgency::kCritical ? 2 : 1));
  g_variant_builder_add(&hints, "{sv}", "category", Text(notice.category));
  g_variant_builder_add(&hints, "{sv}", "desktop-entry", g_variant_new_string("sh.vouch.vouchd"));
  const std::string title = can.body ? notice.title : notice.title + ". " + notice.body;
  const std::string body = !can.body ? "" : can.markup ? Escaped(notice.body) : notice.body;
  return g_variant_new("(sus@s@s@as@a{sv}i)", "Vouch", replaces, "dialog-password", Text(title), Text(body),
                       g_variant_new_strv(actions, -1), g_variant_builder_end(&hints), expire_timeout);
}

}  // namespace

void DesktopReply::Take(GObject* connection, GAsyncResult* result, gpointer data) {
  auto& reply = *static_cast<DesktopReply*>(data);
  reply.Fill(connection, result);
  reply.done_ = true;
}

void DesktopReply::Fill(GObject* connection, GAsyncResult* result) {
  GError* error = nullptr;
  const Message message(g_dbus_connection_send_message_with_reply_finish(reinterpret_cast<GDBusConnection*>(connection), result, &error));
  if (!message || g_dbus_message_to_gerror(message.get(), &error)) {
    failure_ = TakeText(error);
    return;
  }
  if (const char* name = g_dbus_message_get_sender(message.get())) sender_ = name;
  if (GVariant* value = g_dbus_message_get_body(message.get())) body_.reset(g_variant_ref(value));
}

DesktopAbilities DesktopReply::Abilities() const {
  if (!body_ || !g_variant_is_of_type(body_.get(), G_VARIANT_TYPE("(as)"))) return {};
  const Variant list(g_variant_get_child_value(body_.get(), 0));
  DesktopAbilities can{false, false, false};
  for (gsize i = 0; i < g_variant_n_children(list.get()); ++i) {
    const Variant item(g_variant_get_child_value(list.get(), i));
    const std::string_view name = g_variant_get_string(item.get(), nullptr);
    can.body = can.body || name == "body";
    can.markup = can.markup || name == "body-markup";
    can.actions = can.actions || name == "actions";
  }
  return can;
}

std::optional<std::uint32_t> DesktopReply::NoticeId() const {
  if (!body_ || !g_variant_is_of_type(body_.get(), G_VARIANT_TYPE("(u)"))) return std::nullopt;
  std::uint32_t id = 0;
  g_variant_get(body_.get(), "(u)", &id);
  return id;
}

struct DesktopBus::Opening {
  bool done = false;
  std::string failure;
  std::unique_ptr<GDBusConnection, Unreffer<g_object_unref>> connection;

  static void Take(GObject*, GAsyncResult* result, gpointer data) {
    auto& opening = *static_cast<Opening*>(data);
    GError* error = nullptr;
    opening.connection.reset(g_dbus_connection_new_for_address_finish(result, &error));
    if (!opening.connection) opening.failure = TakeText(error);
    opening.done = true;
  }
};

DesktopBus::Turn::Turn(DesktopBus& bus) : context_(bus.context_.get()) {
  g_main_context_push_thread_default(context_);
  while (g_main_context_iteration(context_, FALSE)) {
  }
}

DesktopBus::Turn::~Turn() { g_main_context_pop_thread_default(context_); }

std::string DesktopBus::Connect(Deadline deadline) {
  if (connection_) return {};
  const std::string address = SessionBusAddress();
  if (address.empty()) return "there is no session bus";
  std::erase_if(openings_, [](const auto& one) { return one->done; });
  const std::shared_ptr<Opening> opening = openings_.emplace_back(std::make_shared<Opening>());
  const std::unique_ptr<GCancellable, Unreffer<g_object_unref>> cancel(g_cancellable_new());
  const auto flags = static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION);
  g_dbus_connection_new_for_address(address.c_str(), flags, nullptr, cancel.get(), Opening::Take, opening.get());
  if (!Wait([&opening] { return opening->done; }, deadline)) g_cancellable_cancel(cancel.get());
  connection_ = std::move(opening->connection);
  if (connection_) return {};
  return "the session bus cannot be used (" + (opening->done ? opening->failure : "no answer") + ")";
}

void DesktopBus::Disconnect() {
  if (!connection_) return;
  if (subscription_ != 0) g_dbus_connection_signal_unsubscribe(connection_.get(), std::exchange(subscription_, 0));
  g_dbus_connection_close(connection_.get(), nullptr, nullptr, nullptr);
  connection_.reset();
}

// `arguments` may be floating.
std::shared_ptr<DesktopReply> DesktopBus::Call(const std::string& destination, const char* method, GVariant* arguments) {
  constexpr gint kOfTheBus = -1;  // milliseconds; long after nobody waits here any more
  std::erase_if(calls_, [](const auto& call) { return call->done(); });
  auto reply = std::make_shared<DesktopReply>();
  const Message message(g_dbus_message_new_method_call(destination.c_str(), kPath, kName, method));
  if (arguments != nullptr) g_dbus_message_set_body(message.get(), arguments);
  g_dbus_connection_send_message_with_reply(connection_.get(), message.get(), G_DBUS_SEND_MESSAGE_FLAGS_NONE, kOfTheBus, nullptr, nullptr,
                                            DesktopReply::Take, reply.get());
  calls_.push_back(reply);
  return reply;
}

std::shared_ptr<DesktopReply> DesktopBus::GetCapabilities() { return Call(kName, "GetCapabilities", nullptr); }

std::shared_ptr<DesktopReply> DesktopBus::Notify(const Notice& notice, std::uint32_t replaces, const DesktopAbilities& can) {
  constexpr const gchar* kNothingToPress[] = {nullptr};
  return Call(kName, "Notify", NotifyArguments(notice, replaces, can, kNothingToPress, kAsTheDesktopLikes));
}

std::shared_ptr<DesktopReply> DesktopBus::NotifyQuestion(const Notice& question, const DesktopAbilities& can) {
  constexpr const gchar* kNothingToPress[] = {nullptr};
  constexpr const gchar* kAnswers[] = {"allow", "Allow", "deny", "Deny", nullptr};
  return Call(kName, "Notify", NotifyArguments(question, 0, can, can.actions ? kAnswers : kNothingToPress, kNever));
}

std::shared_ptr<DesktopReply> DesktopBus::Close(const std::string& service, std::uint32_t id) {
  return Call(service, "CloseNotification", g_variant_new("(u)", id));
}

void DesktopBus::Listen(std::function<void(const std::string&, std::uint32_t, const std::string&)> heard) {
  heard_ = std::move(heard);
  if (subscription_ != 0) return;
  subscription_ = g_dbus_connection_signal_subscribe(connection_.get(), nullptr, kName, nullptr, kPath, nullptr,
                                                     G_DBUS_SIGNAL_FLAGS_NONE, OnSignal, this, nullptr);
}

void DesktopBus::OnSignal(GDBusConnection*, const gchar* sender, const gchar*, const gchar*, const gchar* signal, GVariant* arguments,
                          gpointer bus) {
  std::uint32_t id = 0;
  const gchar* action = "";
  if (g_strcmp0(signal, "ActionInvoked") == 0 && g_variant_is_of_type(arguments, G_VARIANT_TYPE("(us)")))
    g_variant_get(arguments, "(u&s)", &id, &action);
  else if (g_strcmp0(signal, "NotificationClosed") == 0 && g_variant_is_of_type(arguments, G_VARIANT_TYPE("(uu)")))
    g_variant_get_child(arguments, 0, "u", &id);
  else return;
  static_cast<DesktopBus*>(bus)->heard_(sender == nullptr ? "" : sender, id, action);
}

bool DesktopBus::Wait(const std::function<bool()>& done, Deadline deadline) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  bool late = false;
  GSource* alarm = g_timeout_source_new(static_cast<guint>(std::max(left, milliseconds(0)).count()));
  g_source_set_callback(alarm, [](gpointer flag) -> gboolean { return *static_cast<bool*>(flag) = true, G_SOURCE_REMOVE; }, &late, nullptr);
  g_source_attach(alarm, context_.get());
  while (!done() && !late) g_main_context_iteration(context_.get(), TRUE);
  g_source_destroy(alarm);
  g_source_unref(alarm);
  return done();
}

bool DesktopBus::busy() const {
  return std::any_of(calls_.begin(), calls_.end(), [](const auto& call) { return !call->done(); });
}

}  // namespace vouch
