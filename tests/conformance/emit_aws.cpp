#include "emit_aws.h"

#include <functional>
#include <map>

#include "base/encoding.h"
#include "fakes/fake_http_client.h"
#include "fakes/manual_clock.h"
#include "formats/eks_token.h"
#include "formats/partition.h"
#include "formats/sigv4.h"
#include "remote/eks_api.h"
#include "remote/sts.h"

namespace vouch {
namespace {

using Json = nlohmann::json;

std::string Text(const Json& order, const char* name) { return order.value(name, std::string()); }
bool Flag(const Json& order, const char* name) { return order.value(name, false); }

// Owns what SigningKeys views.
struct Keys {
  explicit Keys(const Json& order)
      : id(Text(order, "access_key_id")),
        secret(Text(order, "secret_access_key")),
        token(Text(order, "session_token")) {}
  SigningKeys View() const { return {id, secret, token}; }

  std::string id, secret, token;
};

Json AsJson(const HttpRequest& request) {
  return {{"method", request.method}, {"url", request.url}, {"headers", request.headers}, {"body", request.body}};
}

Json EksToken(const Json& order) {
  const std::string region = Text(order, "region");
  const std::string host = StsHost(region, Flag(order, "fips"), Flag(order, "dualstack"));
  return {{"token", MakeEksToken(Keys(order).View(), host, region, Text(order, "cluster"), order.at("now"))}};
}

SigV4Request RequestIn(const Json& order) {
  SigV4Request request;
  request.method = Text(order, "method");
  request.host = Text(order, "host");
  request.path = Text(order, "path");
  request.query = order.value("query", NameValues());
  request.headers = order.value("headers", NameValues());
  request.body = Text(order, "body");
  request.region = Text(order, "region");
  request.service = Text(order, "service");
  request.now = order.at("now");
  return request;
}

Json SignedHeaders(const Json& order) {
  SigV4Request request = RequestIn(order);
  const NameValues added = SignHeaders(request, Keys(order).View());
  for (const auto& header : added)
    if (header.first != "authorization") request.headers.push_back(header);
  const std::string canonical = CanonicalRequest(request, HexEncode(Sha256(request.body)));
  return {{"canonical_request", canonical}, {"string_to_sign", StringToSign(request, canonical)}, {"headers", added}};
}

Json PresignedUrl(const Json& order) {
  return {{"url", PresignUrl(RequestIn(order), Keys(order).View(), order.at("expires"))}};
}

Json AssumeRole(const Json& order) {
  ManualClock clock(order.at("now"));
  FakeHttpClient http(clock);
  Sts sts(http, clock);
  const Keys keys(order);
  StsCredentials caller;
  caller.access_key_id = keys.id;
  caller.secret_access_key = Secret(keys.secret);
  caller.session_token = Secret(keys.token);
  const std::string region = Text(order, "region");
  sts.AssumeRole({"https://" + StsHost(region, Flag(order, "fips"), Flag(order, "dualstack")) + "/", region,
                  Text(order, "role_arn"), Text(order, "role_session_name"), Text(order, "policy_arn")},
                 caller);
  return AsJson(http.requests.at(0));
}

// The requests of one question about a cluster, and one about an access entry whose policies come in two pages.
Json EksCalls(const Json& order) {
  ManualClock clock(order.at("now"));
  FakeHttpClient http(clock);
  const std::string cluster = Text(order, "cluster");
  http.answer = [&](const HttpRequest&) {
    const std::size_t number = http.requests.size();
    if (number == 1) return FakeHttpClient::Json(200, Json({{"cluster", {{"name", cluster}}}}).dump());
    if (number == 2) return FakeHttpClient::Json(200, R"({"accessEntry":{}})");
    return FakeHttpClient::Json(200, number == 3 ? Json({{"nextToken", Text(order, "next_token")}}).dump() : "{}");
  };
  CorrectedClock aws_clock(clock);
  EksApi eks(http, aws_clock, clock);
  const Keys keys(order);
  const std::string region = Text(order, "region");
  const EksCall call{EksEndpoint(region, Flag(order, "fips"), Flag(order, "dualstack")), region, keys.View()};
  eks.DescribeCluster(call, cluster);
  eks.FindAccessEntry(call, cluster, Text(order, "principal_arn"));
  Json requests = Json::array();
  for (const HttpRequest& request : http.requests) requests.push_back(AsJson(request));
  return {{"requests", requests}};
}

const std::map<std::string, std::function<Json(const Json&)>>& Orders() {
  static const std::map<std::string, std::function<Json(const Json&)>> kOrders = {
      {"eks_token", EksToken},       {"sigv4_headers", SignedHeaders}, {"sigv4_url", PresignedUrl},
      {"sts_assume_role", AssumeRole}, {"eks_calls", EksCalls}};
  return kOrders;
}

}  // namespace

bool IsAwsOrder(const std::string& what) { return Orders().count(what) != 0; }

nlohmann::json MakeForAws(const std::string& what, const nlohmann::json& order) { return Orders().at(what)(order); }

}  // namespace vouch
