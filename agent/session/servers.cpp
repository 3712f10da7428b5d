#include "session/servers.h"

#include <unistd.h>

#include <array>
#include <utility>

#include "base/log.h"

namespace vouch {
namespace {

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

// A full disk costs a registration more next time; it must not cost the login.
template <typename Write>
void Remember(Write write) {
  try {
    write();
  } catch (const std::exception& error) {
    LogWarning(std::string("the state file could not be written: ") + error.what());
  }
}

}  // namespace

std::string Servers::Default() {
  if (std::string last = LastUsed(); !last.empty()) return last;
  if (std::string configured = parts_.settings().server; !configured.empty()) return configured;
  return parts_.state.ImportedServer();
}

std::string Servers::LastUsed() { return parts_.state.CurrentServer(); }

void Servers::SetDefault(const ServerUrl& server) {
  Remember([&] { parts_.state.SetCurrentServer(server.text()); });
}

std::shared_ptr<VouchApi> Servers::Api(const ServerUrl& server) { return Api(server, parts_.keys.FindOrCreate()); }

std::shared_ptr<VouchApi> Servers::Api(const ServerUrl& server, std::shared_ptr<const ClientKey> key) {
  SignatureEncoding encoding = EncodingFor(server);
  std::lock_guard lock(mutex_);
  const char* suffix = !encoding.fixed ? "" : encoding.first == EcdsaEncoding::kDer ? "#der" : "#raw";
  std::shared_ptr<VouchApi>& api = apis_[server.text() + suffix];
  if (!api || api->key_id() != key->kid())
    api = std::make_shared<VouchApi>(parts_.http, parts_.clock, server, std::move(key), std::move(encoding));
  return api;
}

std::string Servers::AsClient(VouchApi& vouch, const std::function<void(const std::string& client_id)>& work) {
  const std::string client_id = RegisteredClient(vouch);
  try {
    work(client_id);
    return client_id;
  } catch (const Error& error) {
    if (error.reason() != REASON_CLIENT_UNKNOWN) throw;
    LogInfo(vouch.server().key() + " does not know this client any more; registering again");
  }
  const std::string anew = Register(vouch);
  work(anew);
  return anew;
}

void Servers::ForgetRegistration(const ServerUrl& server, const std::string& client_id) {
  Remember([&] { parts_.state.ForgetRegistration(server.key(), client_id); });
}

// Another key or another host: what the server holds is not us any more (protocol reference 1.1).
std::string Servers::RegisteredClient(VouchApi& vouch) {
  auto known = parts_.state.FindServer(vouch.server().key());
  const bool ours = known && !known->client_id.empty() && known->key_id == vouch.key_id() &&
                    known->server_url == vouch.server().text();
  return ours ? known->client_id : Register(vouch);
}

std::string Servers::Register(VouchApi& vouch) {
  const std::string client_id = vouch.Register(HostName());
  Remember([&] {
    parts_.state.KeepRegistration(vouch.server().key(), {vouch.server().text(), client_id, vouch.key_id(), {}});
  });
  LogInfo("registered as a client of " + vouch.server().key());
  return client_id;
}

SignatureEncoding Servers::EncodingFor(const ServerUrl& server) {
  SignatureEncoding encoding;
  if (auto configured = parts_.settings().encoding) {
    encoding.first = *configured;
    encoding.fixed = true;
    return encoding;
  }
  if (auto known = parts_.state.FindServer(server.key())) encoding.first = known->encoding;
  encoding.remember = [this, server](EcdsaEncoding works) {
    Remember([&] { parts_.state.KeepEncoding(server.key(), server.text(), works); });
  };
  return encoding;
}

}  // namespace vouch
