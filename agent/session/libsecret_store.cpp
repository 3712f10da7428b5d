#include "session/libsecret_store.h"

// The collections and items, by which a locked one is known before it is touched, are "unstable" API since 2012.
#define SECRET_API_SUBJECT_TO_CHANGE
#include <libsecret/secret.h>

#include <string>
#include <utility>

#include "base/error.h"
#include "session/session_bus.h"

namespace vouch {
namespace {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const { Free(object); }
};
using Service = std::unique_ptr<SecretService, Freer<g_object_unref>>;
using Collection = std::unique_ptr<SecretCollection, Freer<g_object_unref>>;
using Attributes = std::unique_ptr<GHashTable, Freer<g_hash_table_unref>>;
using Value = std::unique_ptr<SecretValue, Freer<secret_value_unref>>;

struct Items {
  GList* list;
  explicit Items(GList* l) : list(l) {}
  Items(const Items&) = delete;
  Items& operator=(const Items&) = delete;
  ~Items() { g_list_free_full(list, g_object_unref); }
};

// Attribute "service" = vouchd keeps us apart from the reference CLI, which uses "vouch".
const SecretSchema* Schema() {
  static const SecretSchema schema = {
      "sh.vouch.vouchd",
      SECRET_SCHEMA_NONE,
      {{"service", SECRET_SCHEMA_ATTRIBUTE_STRING}, {"item", SECRET_SCHEMA_ATTRIBUTE_STRING}, {}},
      0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};
  return &schema;
}

GCancellable* Cancel(const std::shared_ptr<void>& call) { return static_cast<GCancellable*>(call.get()); }

Error Unavailable(const std::string& why) {
  return Error(REASON_KEYRING_UNAVAILABLE, "the keyring cannot be used: " + why, "see that it runs, or set keyring = false under [store]");
}

Error Locked() { return Error(REASON_KEYRING_UNAVAILABLE, "the keyring is locked", "unlock it"); }

// Around a call: what GLib wants to do later it does in here, and nothing is left of the connection, which the service, or the bus,
// may not outlive. (Nobody runs GLib's own loop; what waits for that holds a dead connection for ever.)
class Turn {
 public:
  Turn() { g_main_context_push_thread_default(context_); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    secret_service_disconnect();
    while (g_main_context_iteration(context_, FALSE)) {
    }
    g_main_context_pop_thread_default(context_);
    g_main_context_unref(context_);
  }

 private:
  GMainContext* const context_ = g_main_context_new();
};

void RequireDone(GError* error) {
  if (error == nullptr) return;
  const std::string why = error->message;
  g_error_free(error);
  throw Unavailable(why);
}

Service Connect(GCancellable* cancel) {
  if (SessionBusAddress().empty()) throw Unavailable("there is no session bus");
  GError* error = nullptr;
  Service service(secret_service_get_sync(SECRET_SERVICE_OPEN_SESSION, cancel, &error));
  RequireDone(error);
  // GLib would end the process with its bus.
  g_dbus_connection_set_exit_on_close(g_dbus_proxy_get_connection(G_DBUS_PROXY(service.get())), FALSE);
  return service;
}

// Locked ones too. They are not unlocked: that would ask the person.
Items Find(SecretService* service, std::string_view item, GCancellable* cancel) {
  const std::string name(item);
  const Attributes attributes(secret_attributes_build(Schema(), "service", "vouchd", "item", name.c_str(), nullptr));
  GError* error = nullptr;
  GList* found = secret_service_search_sync(service, Schema(), attributes.get(), SECRET_SEARCH_ALL, cancel, &error);
  RequireDone(error);
  return Items(found);
}

// Null when there is no default collection: to make one asks the person.
Collection DefaultCollection(SecretService* service, GCancellable* cancel) {
  GError* error = nullptr;
  Collection collection(
      secret_collection_for_alias_sync(service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, cancel, &error));
  RequireDone(error);
  if (collection && secret_collection_get_locked(collection.get())) throw Locked();
  return collection;
}

Secret LoadSecret(SecretItem* item, GCancellable* cancel) {
  GError* error = nullptr;
  secret_item_load_secret_sync(item, cancel, &error);
  RequireDone(error);
  const Value value(secret_item_get_secret(item));
  if (!value) throw Unavailable("it gives no secret for an item of ours");
  gsize size = 0;
  const gchar* bytes = secret_value_get(value.get(), &size);
  return Secret({bytes, size});
}

}  // namespace

std::optional<Secret> LibsecretStore::Load(std::string_view item) {
  const Turn turn;
  const auto call = Begin();
  const Service service = Connect(Cancel(call));
  const Items items = Find(service.get(), item, Cancel(call));
  for (GList* one = items.list; one != nullptr; one = one->next)
    if (!secret_item_get_locked(SECRET_ITEM(one->data))) return LoadSecret(SECRET_ITEM(one->data), Cancel(call));
  if (items.list != nullptr) throw Locked();
  DefaultCollection(service.get(), Cancel(call));  // some services find nothing in what is locked
  return std::nullopt;
}

void LibsecretStore::Save(std::string_view item, const Secret& secret) {
  const Turn turn;
  const auto call = Begin();
  const Service service = Connect(Cancel(call));
  if (!DefaultCollection(service.get(), Cancel(call))) throw Unavailable("it has no default collection");
  const std::string name(item), label = "vouchd " + name;
  const Attributes attributes(secret_attributes_build(Schema(), "service", "vouchd", "item", name.c_str(), nullptr));
  const std::string_view text = secret.Reveal();
  const Value value(secret_value_new(text.data(), static_cast<gssize>(text.size()), "text/plain"));  // in memory that it locks and wipes
  GError* error = nullptr;
  secret_service_store_sync(service.get(), Schema(), attributes.get(), SECRET_COLLECTION_DEFAULT, label.c_str(), value.get(), Cancel(call),
                            &error);
  RequireDone(error);
}

void LibsecretStore::Remove(std::string_view item) {
  const Turn turn;
  const auto call = Begin();
  const Service service = Connect(Cancel(call));
  const Items items = Find(service.get(), item, Cancel(call));
  for (GList* one = items.list; one != nullptr; one = one->next) {
    if (secret_item_get_locked(SECRET_ITEM(one->data))) throw Locked();
    GError* error = nullptr;
    secret_item_delete_sync(SECRET_ITEM(one->data), Cancel(call), &error);
    RequireDone(error);
  }
  if (items.list == nullptr) DefaultCollection(service.get(), Cancel(call));
}

void LibsecretStore::GiveUp() {
  const std::lock_guard lock(mutex_);
  if (cancel_) g_cancellable_cancel(Cancel(cancel_));
}

std::shared_ptr<void> LibsecretStore::Begin() {
  const std::lock_guard lock(mutex_);
  cancel_ = std::shared_ptr<GCancellable>(g_cancellable_new(), g_object_unref);
  return cancel_;
}

}  // namespace vouch
