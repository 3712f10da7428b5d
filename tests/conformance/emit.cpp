// Makes what vouchd signs, with the library that ships, for verifiers that others wrote. One JSON object a line on
// standard input, one a line on standard output, in the same order; the key is a new one in every run and never leaves.
// What to make is the member `make`; absent members are empty.
//
//   key                                                                                 {"jwk":{…},"kid":…}
//   client_assertion: client_id, audience, jti, now                                     {"jwt":…}
//   dpop: method, url, now, jti, nonce, access_token, source                            {"jwt":…}
//   signature: method, url, authorization, dpop, content_type, body, created, encoding  {"base":…,"headers":{…}}
//
// For AWS, by emit_aws.cpp; each with access_key_id, secret_access_key, session_token, region and now:
//
//   eks_token: fips, dualstack, cluster                                                 {"token":…}
//   sigv4_headers: method, host, path, query, headers, body, service
//                                                          {"canonical_request":…,"string_to_sign":…,"headers":[…]}
//   sigv4_url: the same, expires                                                        {"url":…}
//   sts_assume_role: fips, dualstack, role_arn, role_session_name, policy_arn           the request
//   eks_calls: fips, dualstack, cluster, principal_arn, next_token                      {"requests":[…]}
#include <cstdint>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "emit_aws.h"
#include "formats/client_key.h"
#include "formats/dpop.h"
#include "formats/http_signature.h"
#include "formats/jws.h"

namespace vouch {
namespace {

using Json = nlohmann::json;

std::string Text(const Json& order, const char* name) { return order.value(name, std::string()); }

Json Key(const ClientKey& key) { return {{"jwk", Json::parse(key.public_jwk())}, {"kid", key.kid()}}; }

Json ClientAssertion(const ClientKey& key, const Json& order) {
  return {{"jwt", MakeClientAssertion(key, Text(order, "client_id"), Text(order, "audience"), Text(order, "jti"),
                                      order.at("now").get<std::int64_t>())}};
}

Json Dpop(const ClientKey& key, const Json& order) {
  DpopProof proof;
  proof.method = Text(order, "method");
  proof.url = Text(order, "url");
  proof.now = order.at("now");
  proof.jti = Text(order, "jti");
  proof.nonce = Text(order, "nonce");
  proof.access_token = Text(order, "access_token");
  proof.agent_source = Text(order, "source");
  return {{"jwt", MakeDpopProof(key, proof)}};
}

Json Signature(const ClientKey& key, const Json& order) {
  SignedRequest request;
  request.method = Text(order, "method");
  request.url = Text(order, "url");
  request.authorization = Text(order, "authorization");
  request.dpop = Text(order, "dpop");
  request.content_type = Text(order, "content_type");
  request.body = Text(order, "body");
  request.created = order.at("created");
  request.encoding = Text(order, "encoding") == "der" ? EcdsaEncoding::kDer : EcdsaEncoding::kRaw;
  const SignatureHeaders made = SignHttpRequest(key, request);
  Json headers = {{"Signature-Input", made.signature_input}, {"Signature", made.signature}};
  if (!made.content_digest.empty()) headers["Content-Digest"] = made.content_digest;
  return {{"base", HttpSignatureBase(request, key.kid())}, {"headers", headers}};
}

Json Make(const ClientKey& key, const Json& order) {
  const std::string what = Text(order, "make");
  if (what == "key") return Key(key);
  if (what == "client_assertion") return ClientAssertion(key, order);
  if (what == "dpop") return Dpop(key, order);
  if (what == "signature") return Signature(key, order);
  if (IsAwsOrder(what)) return MakeForAws(what, order);
  throw std::runtime_error("nothing is called " + what);
}

}  // namespace
}  // namespace vouch

int main() {
  try {
    const vouch::ClientKey key = vouch::ClientKey::Generate();
    for (std::string line; std::getline(std::cin, line);)
      std::cout << vouch::Make(key, nlohmann::json::parse(line)) << std::endl;
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "emit: " << error.what() << std::endl;
    return 1;
  }
}
