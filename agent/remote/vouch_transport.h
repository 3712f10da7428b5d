// How a Vouch server wants to be called: client assertion, DPoP proof with nonce, HTTP message signature, retries
// (protocol reference 1.0). One object a server; used by vouch_api only.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "formats/client_key.h"
#include "formats/http_signature.h"
#include "remote/http.h"
#include "remote/url.h"

namespace vouch {

// The session's token and how it wants to be presented: "DPoP", or "Bearer" from old servers only.
struct AccessToken {
  Secret token;
  std::string type;

  AccessToken(Secret t, std::string kind) : token(std::move(t)), type(std::move(kind)) {}
  AccessToken Clone() const { return AccessToken(token.Clone(), type); }
};

// How HTTP message signatures are encoded for one server (protocol reference 8.3).
struct SignatureEncoding {
  EcdsaEncoding first = EcdsaEncoding::kRaw;
  bool fixed = false;                            // by the config: the other one is never tried
  std::function<void(EcdsaEncoding)> remember;   // called with what to use from now on; may be empty
};

using FormFields = std::vector<std::pair<std::string, std::string>>;

// Safe on any thread; calls block for at most some 15 s. No `nonce` is ever put into an HTTP signature, although servers hand
// them out (Signature-Nonce): each is good for one request, so parallel calls would fail each other (protocol reference 1.0.3).
class VouchTransport {
 public:
  VouchTransport(HttpClient& http, Clock& clock, ServerUrl server, std::shared_ptr<const ClientKey> key,
                 SignatureEncoding encoding = {})
      : http_(http), clock_(clock), corrected_(clock), server_(std::move(server)), key_(std::move(key)),
        encoding_settings_(std::move(encoding)), encoding_(encoding_settings_.first) {}

  struct FormOptions {
    std::string client_id;        // a client assertion is made for it
    bool dpop = false;            // with the last nonce, and once more with the one that a refusal brings
    bool fapi_headers = false;    // x-fapi-*
    Millis timeout{10'000};
    bool retry = true;            // after 429 and 5xx
  };

  // POST of a form. Any status that is left after the retries is returned.
  HttpResponse PostForm(const std::string& path, const FormFields& fields, const FormOptions& options);

  // POST of JSON without authentication (registration).
  HttpResponse PostJson(const std::string& path, const std::string& json);

  struct SignedCall {
    std::string method = "GET";
    std::string path;            // below /v1, already encoded
    std::string query;           // what follows "?", already encoded
    std::string json;            // the body; empty = none
    std::string agent_source;    // empty = a person
    bool sign = true;            // false for the public paths of protocol reference 1.0.1
  };

  // A /v1 call as the holder of `token`. Repeated after 429 and 5xx whatever the method, as the reference client does; never
  // after a transport failure, when nobody knows whether the server has acted.
  HttpResponse SendAs(const AccessToken& token, const SignedCall& call);

  const ServerUrl& server() const { return server_; }
  const ClientKey& key() const { return *key_; }
  const CorrectedClock& clock() const { return corrected_; }

 private:
  using Build = std::function<HttpRequest()>;

  HttpResponse SendWithRetries(const Build& build, bool retry);
  HttpResponse SendOnce(const Build& build);
  HttpRequest RequestFor(const AccessToken& token, const SignedCall& call, EcdsaEncoding encoding);
  void KeepEncoding(EcdsaEncoding works);
  std::string Nonce();
  void KeepNonce(const HttpResponse& response);

  HttpClient& http_;
  Clock& clock_;
  CorrectedClock corrected_;
  const ServerUrl server_;
  const std::shared_ptr<const ClientKey> key_;
  const SignatureEncoding encoding_settings_;
  std::atomic<EcdsaEncoding> encoding_;
  std::atomic<bool> v1_wants_nonce_{false};  // most servers do not ask for one on /v1
  std::mutex mutex_;
  std::string nonce_;
  std::int64_t nonce_at_ms_ = 0;  // steady
};

}  // namespace vouch
