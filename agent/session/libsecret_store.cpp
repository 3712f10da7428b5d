#include "session/libsecret_store.h"

#include <libsecret/secret.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "base/error.h"

namespace vouch {
namespace {

constexpr std::chrono::milliseconds kLimit{1000};

// Attribute "service" = vouchd keeps us apart from the reference CLI, which uses "vouch".
const SecretSchema* Schema() {
  static const SecretSchema schema = {
      "sh.vouch.vouchd",
      SECRET_SCHEMA_NONE,
      {{"service", SECRET_SCHEMA_ATTRIBUTE_STRING}, {"item", SECRET_SCHEMA_ATTRIBUTE_STRING}, {}},
      0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};
  return &schema;
}

// What the call and its watcher share; whoever is last frees it.
struct Call {
  std::shared_ptr<GCancellable> cancel{g_cancellable_new(), g_object_unref};
  std::promise<std::string> failure;  // empty = done
  Secret result;
  bool found = false;
};

using Work = std::function<void(Call& call, GError** error)>;

// Runs `work` on a thread of its own, for it may hang in D-Bus, and gives up after kLimit.
std::shared_ptr<Call> RunLimited(Work work) {
  auto call = std::make_shared<Call>();
  std::future<std::string> failure = call->failure.get_future();
  std::thread([call, work = std::move(work)] {
    GError* error = nullptr;
    work(*call, &error);
    std::string text = error == nullptr ? "" : error->message;
    g_clear_error(&error);
    call->failure.set_value(std::move(text));
  }).detach();
  if (failure.wait_for(kLimit) != std::future_status::ready) {
    g_cancellable_cancel(call->cancel.get());
    throw Error(REASON_KEYRING_UNAVAILABLE, "the keyring did not answer within a second", "is it locked?");
  }
  if (const std::string why = failure.get(); !why.empty())
    throw Error(REASON_KEYRING_UNAVAILABLE, "the keyring cannot be used: " + why, "unlock it, or set keyring = false under [store]");
  return call;
}

}  // namespace

std::optional<Secret> LibsecretStore::Load(std::string_view item) {
  auto call = RunLimited([name = std::string(item)](Call& c, GError** error) {
    gchar* text = secret_password_lookup_nonpageable_sync(Schema(), c.cancel.get(), error, "service", "vouchd", "item",
                                                          name.c_str(), nullptr);
    if (text == nullptr) return;
    c.result = Secret(text);
    c.found = true;
    secret_password_free(text);
  });
  if (!call->found) return std::nullopt;
  return std::move(call->result);
}

void LibsecretStore::Save(std::string_view item, const Secret& secret) {
  auto copy = std::make_shared<Secret>(secret.Clone());
  RunLimited([name = std::string(item), copy](Call& c, GError** error) {
    std::string text(copy->Reveal());
    const std::string label = "vouchd " + name;
    secret_password_store_sync(Schema(), SECRET_COLLECTION_DEFAULT, label.c_str(), text.c_str(), c.cancel.get(), error,
                               "service", "vouchd", "item", name.c_str(), nullptr);
    Wipe(text);
  });
}

void LibsecretStore::Remove(std::string_view item) {
  RunLimited([name = std::string(item)](Call& c, GError** error) {
    secret_password_clear_sync(Schema(), c.cancel.get(), error, "service", "vouchd", "item", name.c_str(), nullptr);
  });
}

}  // namespace vouch
