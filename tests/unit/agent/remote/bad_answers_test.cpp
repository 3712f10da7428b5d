// Every call of VouchApi against every kind of bad answer. The expectations are written down cell by cell, and not worked out
// from the code under test.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <string_view>

#include "vouch_calls.h"

namespace vouch {
namespace {

using nlohmann::json;

// Two letters a cell, so that the tables stay tables.
constexpr int OK = REASON_UNSPECIFIED, BA = REASON_BAD_ANSWER, UP = REASON_UPSTREAM, RL = REASON_RATE_LIMITED,
              DE = REASON_DENIED, SR = REASON_SESSION_REVOKED, CO = REASON_CONFIGURATION, NF = REASON_NOT_FOUND,
              NO = -1,  // Revoke says false
              __ = -2;  // there is no such case

struct Outcome {
  int reason = OK;
  std::string text;  // message and remedy
};

Outcome OutcomeOf(VouchCallWorld& world, const VouchCall& call) {
  try {
    call.call(world.api, world.token);
    return {};
  } catch (const Error& error) {
    return {error.reason(), std::string(error.what()) + "|" + error.remedy()};
  } catch (const NotRevoked&) {
    return {NO, ""};
  }
}

void ExpectFitToShow(const VouchCallWorld& world, const Outcome& outcome) {
  EXPECT_LE(outcome.text.substr(0, outcome.text.find('|')).size(), 160U);
  for (char c : outcome.text) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << "byte " << int{c};
  std::vector<std::string> secrets = {kSessionToken, kDeviceCode, kNewToken, kIdToken, "canary"};
  for (const HttpRequest& request : world.http.requests) {
    const std::string assertion = FormValue(request, "client_assertion");
    const std::string proof = HeaderOf(request, "DPoP");
    for (const std::string& secret : {assertion, proof})
      if (!secret.empty()) secrets.push_back(secret.substr(0, 50));
  }
  for (const std::string& secret : secrets) EXPECT_EQ(outcome.text.find(secret), std::string::npos) << outcome.text;
}

// What a sloppy server might do: tell us back all that we sent, and more.
std::string QuotingError(const HttpRequest& request, const std::string& code) {
  const std::string quoted = "bad\n\x1b[31m" + kSessionToken + " " + FormValue(request, "client_assertion") + " " +
                             HeaderOf(request, "DPoP") + " " + kDeviceCode + " " + kIdToken;
  return json{{"error", code}, {"error_description", quoted}, {"message", quoted}}.dump();
}

struct StatusCase {
  const char* name;
  int status;
  HttpHeaders headers;
  const char* body;  // "quote": an error that quotes the request; "good" and "cut": (the start of) the normal answer
  int requests;      // in all, when the call repeats
};

// A repeated call waits at most 3.5 s in all: 2 s once, 1 s three times, 30 s never; after a 5xx, 0.5 to 1 s and 1 to 2 s.
const std::vector<StatusCase>& StatusCases() {
  static const HttpHeaders kJson = {{"content-type", "application/json"}}, kHtml = {{"content-type", "text/html"}};
  static const std::vector<StatusCase> cases = {
      {"Http400", 400, kJson, "quote", 1},
      {"Http401", 401, kJson, "quote", 1},
      {"Http403", 403, kJson, "quote", 1},
      {"Http404", 404, kJson, "quote", 1},
      {"Http408", 408, kJson, "quote", 1},
      {"Http415", 415, kJson, "quote", 1},
      {"Http429", 429, kJson, "quote", 2},
      {"Http429After1", 429, {{"retry-after", "1"}}, "quote", 4},
      {"Http429After30", 429, {{"retry-after", "30"}}, "quote", 1},
      {"Http500", 500, kJson, "quote", 3},
      {"Http502Html", 502, kHtml, "<html>canary-html</html>", 3},
      {"Http503", 503, {}, "", 3},
      {"Html", 200, kHtml, "<html>canary-html</html>", 1},
      {"JsonAsHtml", 200, kHtml, "good", 1},
      {"Truncated", 200, kJson, "cut", 1},
      {"NotJson", 200, kJson, "canary-text", 1},
      {"Array", 200, kJson, "[{\"canary\":\"canary\"}]", 1},
      {"NoBody", 204, {}, "", 1},
      {"Moved301", 301, {{"location", "https://canary.example.com/"}}, "", 1},
      {"Found302", 302, {{"location", "https://canary.example.com/"}}, "", 1},
  };
  return cases;
}

struct StatusRow {
  const char* call;
  bool repeats;
  std::array<int, 20> expected;
};

// clang-format off
const std::vector<StatusRow>& StatusRows() {
  static const std::vector<StatusRow> rows = {
      //                              400 401 403 404 408 415 429 ra1 r30 500 502 503 htm jht cut txt arr 204 301 302
      {"Register",              true, {BA, DE, DE, BA, UP, BA, RL, RL, RL, UP, UP, UP, BA, BA, BA, BA, BA, BA, BA, BA}},
      {"RequestChallenge",      true, {BA, BA, DE, BA, UP, BA, RL, RL, RL, UP, UP, UP, BA, BA, BA, BA, BA, BA, BA, BA}},
      {"Login",                 true, {BA, BA, DE, BA, UP, BA, RL, RL, RL, UP, UP, UP, BA, BA, BA, BA, BA, BA, BA, BA}},
      {"StartDeviceFlow",       true, {BA, BA, DE, BA, UP, BA, RL, RL, RL, UP, UP, UP, BA, BA, BA, BA, BA, BA, BA, BA}},
      {"PollDeviceFlow",       false, {BA, BA, DE, BA, UP, BA, RL, RL, RL, UP, UP, UP, BA, BA, BA, BA, BA, BA, BA, BA}},
      {"AwsIdToken",            true, {BA, SR, DE, BA, UP, BA, RL, RL, RL, UP, UP, UP, BA, BA, BA, BA, BA, BA, BA, BA}},
      {"KubernetesIdToken",     true, {BA, BA, DE, BA, UP, BA, RL, RL, RL, UP, UP, UP, BA, BA, BA, BA, BA, BA, BA, BA}},
      {"ListKeys",              true, {BA, SR, DE, BA, UP, BA, RL, RL, RL, UP, UP, UP, BA, BA, BA, BA, BA, BA, BA, BA}},
      {"RenameKey",             true, {CO, SR, DE, NF, UP, BA, RL, RL, RL, UP, UP, UP, BA, BA, BA, BA, BA, OK, BA, BA}},
      {"RemoveKey",             true, {BA, SR, DE, NF, UP, BA, RL, RL, RL, UP, UP, UP, BA, BA, BA, BA, BA, OK, BA, BA}},
      {"StartKeyRegistration",  true, {CO, SR, DE, BA, UP, BA, RL, RL, RL, UP, UP, UP, BA, BA, BA, BA, BA, BA, BA, BA}},
      {"FinishKeyRegistration", true, {DE, SR, DE, BA, UP, BA, RL, RL, RL, UP, UP, UP, BA, BA, BA, BA, BA, BA, BA, BA}},
      {"CheckSession",          true, {BA, SR, DE, BA, UP, BA, RL, RL, RL, UP, UP, UP, BA, BA, BA, BA, BA, BA, BA, BA}},
      {"Revoke",               false, {NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, OK, OK, OK, OK, OK, NO, NO, NO}},
  };
  return rows;
}
// clang-format on

class BadStatus : public testing::TestWithParam<StatusRow> {};

TEST_P(BadStatus, EndsInItsReasonAfterTheRightNumberOfTriesAndShowsNoSecret) {
  const VouchCall call = VouchCallNamed(GetParam().call);
  ASSERT_EQ(StatusCases().size(), GetParam().expected.size());
  for (std::size_t i = 0; i < StatusCases().size(); ++i) {
    const StatusCase& bad = StatusCases()[i];
    SCOPED_TRACE(bad.name);
    const std::string good = call.answer.dump();
    VouchCallWorld world;
    world.http.answer = [&](const HttpRequest& request) -> HttpResponse {
      const std::string kind = bad.body;
      const std::string body = kind == "quote"  ? QuotingError(request, "some_error")
                               : kind == "good" ? good
                               : kind == "cut"  ? good.substr(0, good.size() - 1)
                                                : kind;
      return {bad.status, bad.headers, body, 0, 0};
    };

    const Outcome outcome = OutcomeOf(world, call);

    EXPECT_EQ(outcome.reason, GetParam().expected[i]) << outcome.text;
    EXPECT_EQ(world.http.requests.size(), GetParam().repeats ? static_cast<std::size_t>(bad.requests) : 1U);
    EXPECT_EQ(world.clock.sleeps.size(), world.http.requests.size() - 1) << "no try without its pause";
    ExpectFitToShow(world, outcome);
  }
}

std::string NameOf(const testing::TestParamInfo<StatusRow>& test) { return test.param.call; }
INSTANTIATE_TEST_SUITE_P(AllCalls, BadStatus, testing::ValuesIn(StatusRows()), NameOf);

struct MemberRow {
  const char* call;
  const char* member;                   // JSON pointer into the normal answer
  int wrong_type, empty, missing_or_null;
};

// clang-format off
const MemberRow kMembers[] = {
    //                                                     type empty missing
    {"Register",              "/client_id",                 BA, BA, BA},
    {"RequestChallenge",      "/challenge",                 BA, BA, BA},
    {"RequestChallenge",      "/rp_id",                     BA, BA, BA},
    {"RequestChallenge",      "/state",                     BA, BA, BA},
    {"Login",                 "/access_token",              BA, BA, BA},
    {"Login",                 "/token_type",                BA, BA, BA},
    {"Login",                 "/expires_in",                BA, __, BA},
    {"Login",                 "/email",                     BA, BA, BA},
    {"StartDeviceFlow",       "/device_code",               BA, BA, BA},
    {"StartDeviceFlow",       "/user_code",                 BA, BA, BA},
    {"StartDeviceFlow",       "/verification_uri",          BA, BA, BA},
    {"StartDeviceFlow",       "/verification_uri_complete", BA, OK, OK},
    {"StartDeviceFlow",       "/expires_in",                BA, __, BA},
    {"StartDeviceFlow",       "/interval",                  BA, __, OK},
    {"PollDeviceFlow",        "/access_token",              BA, BA, BA},
    {"PollDeviceFlow",        "/token_type",                BA, BA, BA},
    {"PollDeviceFlow",        "/expires_in",                BA, __, BA},
    {"PollDeviceFlow",        "/email",                     BA, BA, BA},
    {"AwsIdToken",            "/id_token",                  BA, BA, BA},
    {"AwsIdToken",            "/expires_in",                BA, __, OK},
    {"KubernetesIdToken",     "/access_token",              BA, BA, BA},
    {"KubernetesIdToken",     "/issued_token_type",         BA, OK, OK},
    {"KubernetesIdToken",     "/token_type",                OK, OK, OK},
    {"KubernetesIdToken",     "/expires_in",                BA, __, OK},
    {"ListKeys",              "/keys",                      BA, OK, BA},
    {"ListKeys",              "/keys/0",                    BA, __, __},
    {"ListKeys",              "/keys/0/id",                 BA, BA, BA},
    {"ListKeys",              "/keys/0/name",               BA, OK, BA},
    {"ListKeys",              "/keys/0/created_at",         BA, OK, OK},
    {"ListKeys",              "/keys/0/is_current_session", BA, __, OK},
    {"ListKeys",              "/keys/0/device_model",       BA, OK, OK},
    {"ListKeys",              "/keys/0/aaguid",             BA, OK, OK},
    {"RenameKey",             "/message",                   OK, OK, OK},
    {"RemoveKey",             "/message",                   OK, OK, OK},
    {"RemoveKey",             "/sessions_revoked",          BA, __, OK},
    {"StartKeyRegistration",  "/challenge",                 BA, BA, BA},
    {"StartKeyRegistration",  "/rp_id",                     BA, BA, BA},
    {"StartKeyRegistration",  "/rp_name",                   BA, BA, BA},
    {"StartKeyRegistration",  "/user_id",                   BA, BA, BA},
    {"StartKeyRegistration",  "/user_name",                 BA, BA, BA},
    {"StartKeyRegistration",  "/algorithms",                BA, BA, BA},
    {"StartKeyRegistration",  "/algorithms/0",              BA, __, __},
    {"StartKeyRegistration",  "/state",                     BA, BA, BA},
    {"StartKeyRegistration",  "/exclude_credential_ids",    BA, OK, BA},
    {"StartKeyRegistration",  "/exclude_credential_ids/0",  BA, BA, __},
    {"FinishKeyRegistration", "/device_id",                 BA, BA, BA},
    {"FinishKeyRegistration", "/message",                   OK, OK, OK},
    {"CheckSession",          "/authenticated",             BA, __, BA},
    {"CheckSession",          "/email",                     BA, OK, OK},
    {"CheckSession",          "/expires_in_seconds",        BA, __, OK},
    {"CheckSession",          "/device_name",               BA, OK, OK},
};
// clang-format on

json OfAnotherType(const json& value) {
  if (value.is_string()) return 5;
  if (value.is_array() || value.is_object()) return "canary-text";
  return "5";  // numbers and truth values
}

void ExpectOutcome(const VouchCall& call, const json& answer, int expected) {
  VouchCallWorld world;
  world.http.answer = [&](const HttpRequest&) { return FakeHttpClient::Json(200, answer.dump()); };
  const Outcome outcome = OutcomeOf(world, call);
  EXPECT_EQ(outcome.reason, expected) << outcome.text << "\n" << answer;
  EXPECT_EQ(world.http.requests.size(), 1U);
  ExpectFitToShow(world, outcome);
}

TEST(BadMember, EndsInItsReasonWithoutShowingWhatWasSent) {
  for (const MemberRow& row : kMembers) {
    SCOPED_TRACE(std::string(row.call) + " " + row.member);
    const VouchCall call = VouchCallNamed(row.call);
    const json::json_pointer at(row.member);
    const json good = call.answer.at(at);
    json answer = call.answer;

    answer[at] = OfAnotherType(good);
    ExpectOutcome(call, answer, row.wrong_type);
    if (row.empty != __) {
      answer[at] = good.is_array() ? json::array() : json("");
      ExpectOutcome(call, answer, row.empty);
    }
    if (row.missing_or_null == __) continue;
    answer[at] = nullptr;
    ExpectOutcome(call, answer, row.missing_or_null);
    answer[at.parent_pointer()].erase(at.back());
    ExpectOutcome(call, answer, row.missing_or_null);
  }
}

TEST(BadMember, TableNamesEveryMemberOfEveryAnswer) {
  std::set<std::string> named;
  for (const MemberRow& row : kMembers) named.insert(std::string(row.call) + row.member);
  for (const VouchCall& call : AllVouchCalls()) {
    for (const auto& [member, value] : call.answer.items()) EXPECT_TRUE(named.contains(call.name + "/" + member));
    ExpectOutcome(call, call.answer, OK);
  }
}

TEST(BadStatus, TableNamesEveryCall) {
  std::set<std::string> named, all;
  for (const StatusRow& row : StatusRows()) named.insert(row.call);
  for (const VouchCall& call : AllVouchCalls()) all.insert(call.name);
  EXPECT_EQ(named, all);
}

}  // namespace
}  // namespace vouch
