#include "kubeconfig.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

constexpr const char* kHint =
    "vouch-exec-credential belongs to vouchd. Install the vouchd package, or run vouchctl setup again if it moved.";

KubeconfigChange Context(const std::string& name, const std::string& cluster, const std::string& user) {
  KubeconfigChange change;
  change.context = KubeContext{name, cluster, user};
  return change;
}

KubeconfigChange Cluster(const std::string& name, const std::string& server, const std::string& authority = "") {
  KubeconfigChange change;
  change.cluster = KubeCluster{name, server, authority};
  return change;
}

KubeconfigChange User(const std::string& name) {
  KubeconfigChange change;
  change.user = KubeUser{name, KubernetesExec("/bin/v", "c", "a")};
  return change;
}

// What `text` becomes; what was thrown, for a refusal.
std::string Edited(const std::string& text, const KubeconfigChange& change) {
  try {
    return EditKubeconfig(text, change);
  } catch (const Error& error) {
    return std::string("refused: ") + error.what();
  }
}

std::string WithCrLf(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return result;
}

TEST(Kubeconfig, IsMadeWholeFromNothing) {
  KubeconfigChange change;
  change.cluster = KubeCluster{"prod", "https://0123.gr7.eu-west-1.eks.amazonaws.com", "LS0tCg=="};
  change.user = KubeUser{"vouch-eks-prod", EksExec("/usr/libexec/vouch-exec-credential", "prod", "eu-west-1",
                                                   "arn:aws:iam::123456789012:role/Dev")};
  change.context = KubeContext{"prod-vouch", "prod", "vouch-eks-prod"};

  EXPECT_EQ(Edited("", change),
            "apiVersion: v1\n"
            "kind: Config\n"
            "clusters:\n"
            "- name: prod\n"
            "  cluster:\n"
            "    certificate-authority-data: LS0tCg==\n"
            "    server: https://0123.gr7.eu-west-1.eks.amazonaws.com\n"
            "contexts:\n"
            "- name: prod-vouch\n"
            "  context:\n"
            "    cluster: prod\n"
            "    user: vouch-eks-prod\n"
            "users:\n"
            "- name: vouch-eks-prod\n"
            "  user:\n"
            "    exec:\n"
            "      apiVersion: client.authentication.k8s.io/v1beta1\n"
            "      command: /usr/libexec/vouch-exec-credential\n"
            "      args:\n"
            "      - eks\n"
            "      - --cluster-name\n"
            "      - prod\n"
            "      - --region\n"
            "      - eu-west-1\n"
            "      - --role\n"
            "      - arn:aws:iam::123456789012:role/Dev\n"
            "      interactiveMode: Never\n"
            "      installHint: " +
                std::string(kHint) + "\n");
}

TEST(Kubeconfig, OfPlainKubernetesNamesClusterAndAudience) {
  const KubeExec exec = KubernetesExec("/bin/v", "lab", "kubernetes");
  EXPECT_EQ(exec.args, (std::vector<std::string>{"k8s", "--cluster", "lab", "--audience", "kubernetes"}));
}

TEST(Kubeconfig, CommandIsAbsoluteAndNoArgumentIsEmpty) {
  for (const auto& make : std::vector<void (*)()>{
           [] { EksExec("v", "c", "r", "a"); }, [] { EksExec("", "c", "r", "a"); }, [] { EksExec("/v", "", "r", "a"); },
           [] { EksExec("/v", "c", "", "a"); }, [] { EksExec("/v", "c", "r", ""); },
           [] { KubernetesExec("/v", "", "a"); }, [] { KubernetesExec("/v", "c", ""); }})
    EXPECT_EQ(ThrownBy(make).reason(), REASON_CONFIGURATION);
}

struct Pair {
  const char* what;
  std::string before;
  KubeconfigChange change;
  std::string after;
};

const std::vector<Pair>& Pairs() {
  static const std::vector<Pair> pairs = {
      {"a new entry goes behind the last one",
       "contexts:\n- context:\n    cluster: a\n    user: a\n  name: a\n\n# more\nusers: []\n", Context("b", "c", "u"),
       "contexts:\n- context:\n    cluster: a\n    user: a\n  name: a\n- name: b\n  context:\n    cluster: c\n    "
       "user: u\n"
       "\n# more\nusers: []\n"},
      {"as deep as the others",
       "contexts:\n    -   name: a\n        context: {}\n    # about a\n      # and this\nkind: Config\n",
       Context("b", "c", "u"),
       "contexts:\n    -   name: a\n        context: {}\n    - name: b\n      context:\n        cluster: c\n        "
       "user: u\n"
       "    # about a\n      # and this\nkind: Config\n"},
      {"comments deeper than the dash stay with their entry",
       "contexts:\n- name: a\n  context: {}\n  # about a\nkind: Config\n", Context("b", "c", "u"),
       "contexts:\n- name: a\n  context: {}\n  # about a\n- name: b\n  context:\n    cluster: c\n    user: u\nkind: "
       "Config\n"},
      {"a missing section goes to the end", "kind: Config # k\n# end", Context("b", "c", "u"),
       "kind: Config # k\ncontexts:\n- name: b\n  context:\n    cluster: c\n    user: u\n# end\n"},
      {"an empty section is filled", "contexts: # none yet\nkind: Config\n", Context("b", "c", "u"),
       "contexts: # none yet\n- name: b\n  context:\n    cluster: c\n    user: u\nkind: Config\n"},
      {"a null section is filled", "contexts: null # none\nkind: Config\n", Context("b", "c", "u"),
       "contexts: # none\n- name: b\n  context:\n    cluster: c\n    user: u\nkind: Config\n"},
      {"a null section at the end of a file without a line end", "kind: Config\ncontexts: ~", Context("b", "c", "u"),
       "kind: Config\ncontexts:\n- name: b\n  context:\n    cluster: c\n    user: u\n"},
      {"an empty flow list is filled", "contexts: []  # none\nkind: Config\n", Context("b", "c", "u"),
       "contexts:  # none\n- name: b\n  context:\n    cluster: c\n    user: u\nkind: Config\n"},
      {"a flow list becomes a block, alone",
       "users: [ {name: x, user: {token: 'a # b'}} ] # u\ncontexts: [{name: a, context: {cluster: no, \"user\": "
       "\"yes\"}}, # first\n"
       "  {name: 'it''s', zone: [1, {}, []]}]\nkind: Config\n",
       Context("b", "c", "u"),
       "users: [ {name: x, user: {token: 'a # b'}} ] # u\ncontexts:\n# first\n- name: a\n  context:\n    cluster: no\n "
       "   user: "
       "\"yes\"\n- name: it's\n  zone:\n  - 1\n  - {}\n  - []\n- name: b\n  context:\n    cluster: c\n    user: "
       "u\nkind: Config\n"},
      {"a flow entry becomes a block, alone",
       "contexts:\n- {name: z}\n- {name: b, context: {namespace: n}} # mine\n- {name: a}\n", Context("b", "c", "u"),
       "contexts:\n- {name: z}\n- name: b\n  context:\n    namespace: n\n    cluster: c\n    user: u # mine\n- {name: "
       "a}\n"},
      {"a flow body becomes a block, alone", "contexts:\n- context: {namespace: n, user: x} # c\n  name: b\n",
       Context("b", "c", "u"), "contexts:\n- context: # c\n    namespace: n\n    user: u\n    cluster: c\n  name: b\n"},
      {"only what differs is replaced",
       "contexts:\n- context:\n    # where\n    cluster: 'c'   # same\n    namespace: no\n    user:   \"x\"   # who\n  "
       "name: b\n  extra: &e 1\n",
       Context("a", "c", "u"),
       "contexts:\n- context:\n    # where\n    cluster: 'c'   # same\n    namespace: no\n    user:   \"x\"   # who\n  "
       "name: b\n  extra: &e 1\n"
       "- name: a\n  context:\n    cluster: c\n    user: u\n"},
      {"an entry keeps its other members, their order and comments",
       "contexts:\n- context:\n    # where\n    cluster: 'c'   # same\n    namespace: no\n    user:   \"x\"   # who\n  "
       "name: b\n",
       Context("b", "c", "u"),
       "contexts:\n- context:\n    # where\n    cluster: 'c'   # same\n    namespace: no\n    user: u   # who\n  name: "
       "b\n"},
      {"a cluster keeps proxy-url and tls-server-name",
       "clusters:\n- cluster:\n    proxy-url: http://p:1\n    server: https://old\n    tls-server-name: t\n  name: "
       "k\n- name: l\n  cluster: {server: x}\n",
       Cluster("k", "https://new", "QQ=="),
       "clusters:\n- cluster:\n    proxy-url: http://p:1\n    server: https://new\n    tls-server-name: t\n    "
       "certificate-authority-data: QQ==\n"
       "  name: k\n- name: l\n  cluster: {server: x}\n"},
      {"a certificate authority replaces what client-go refuses beside it",
       "clusters:\n- cluster:\n    insecure-skip-tls-verify: true\n    certificate-authority: /ca.pem\n    server: "
       "https://s\n  name: k\n",
       Cluster("k", "https://s", "QQ=="),
       "clusters:\n- cluster:\n    server: https://s\n    certificate-authority-data: QQ==\n  name: k\n"},
      {"without one, what is there stays",
       "clusters:\n- cluster:\n    certificate-authority: /ca.pem\n    server: https://o\n  name: k\n",
       Cluster("k", "https://s"),
       "clusters:\n- cluster:\n    certificate-authority: /ca.pem\n    server: https://s\n  name: k\n"},
      {"a scalar over several lines is replaced whole",
       "clusters:\n- cluster:\n    server:\n      https://o\n    x: |\n      # text\n\n      more\n  name: k\n",
       Cluster("k", "https://s"),
       "clusters:\n- cluster:\n    server: https://s\n    x: |\n      # text\n\n      more\n  name: k\n"},
      {"a literal is replaced whole",
       "clusters:\n- cluster:\n    server: |\n      # no\n\n      x\n    z: 1\n  name: k\n", Cluster("k", "https://s"),
       "clusters:\n- cluster:\n    server: https://s\n    z: 1\n  name: k\n"},
      {"a new entry goes behind a literal",
       "contexts:\n- name: a\n  note: |\n    text\n    # also text\n\nkind: Config\n", Context("b", "c", "u"),
       "contexts:\n- name: a\n  note: |\n    text\n    # also text\n- name: b\n  context:\n    cluster: c\n    user: "
       "u\n\nkind: Config\n"},
      {"quotes of several lines end where they end", "contexts:\n- name: a\n  note: \"x \\\" #\n    y\"\n",
       Context("b", "c", "u"),
       "contexts:\n- name: a\n  note: \"x \\\" #\n    y\"\n- name: b\n  context:\n    cluster: c\n    user: u\n"},
      {"bare text of several lines, too", "contexts:\n- name: a\n  note: x's\n\n    y\nkind: Config\n",
       Context("b", "c", "u"),
       "contexts:\n- name: a\n  note: x's\n\n    y\n- name: b\n  context:\n    cluster: c\n    user: u\nkind: "
       "Config\n"},
      {"an empty last member is no obstacle", "contexts:\n- name: a\n  note: # empty\nkind: Config\n",
       Context("b", "c", "u"),
       "contexts:\n- name: a\n  note: # empty\n- name: b\n  context:\n    cluster: c\n    user: u\nkind: Config\n"},
      {"anchors of others go on working",
       "x: &x {a: 1}\ncontexts:\n- name: a\n  context: &c\n    cluster: k\n- name: z\n  context: *c\n",
       Context("b", "c", "u"),
       "x: &x {a: 1}\ncontexts:\n- name: a\n  context: &c\n    cluster: k\n- name: z\n  context: *c\n"
       "- name: b\n  context:\n    cluster: c\n    user: u\n"},
      {"a document between its marks", "# top\n---\nkind: Config\n...\n# bottom\n", Context("b", "c", "u"),
       "# top\n---\nkind: Config\ncontexts:\n- name: b\n  context:\n    cluster: c\n    user: u\n...\n# bottom\n"},
      {"a file of comments only", "# mine\n", Context("b", "c", "u"),
       "# mine\napiVersion: v1\nkind: Config\ncontexts:\n- name: b\n  context:\n    cluster: c\n    user: u\n"},
      {"a JSON file becomes YAML, losing nothing",
       "{\n\t\"kind\": \"Config\",\n\t\"preferences\": {},\n\t\"users\": [{\"name\": \"no\", \"user\": {\"token\": "
       "\"1\"}}]\n}\n",
       Context("b", "c", "u"),
       "kind: Config\npreferences: {}\nusers:\n- name: \"no\"\n  user:\n    token: \"1\"\ncontexts:\n- name: b\n  "
       "context:\n    cluster: c\n    user: u\n"},
      {"a byte order mark stays",
       "\xEF\xBB\xBF"
       "contexts:\n- name: b\n  context:\n    cluster: ü\n    user: x\n",
       Context("b", "c", "u"),
       "\xEF\xBB\xBF"
       "contexts:\n- name: b\n  context:\n    cluster: c\n    user: u\n"},
      {"keys in quotes are found", "\"contexts\" :\n- 'name': b\n  \"context\":\n    'user' : x # y\n    cluster: c\n",
       Context("b", "c", "u"), "\"contexts\" :\n- 'name': b\n  \"context\":\n    'user' : u # y\n    cluster: c\n"},
      {"an env and other members of exec stay",
       "users:\n- name: u\n  user:\n    exec:\n      args: [old] # a\n      env:\n      - name: A\n        value: "
       "yes\n      provideClusterInfo: true\n      command: x\n",
       User("u"),
       "users:\n- name: u\n  user:\n    exec:\n      args: # a\n      - k8s\n      - --cluster\n      - c\n      - "
       "--audience\n      - a\n      env:\n"
       "      - name: A\n        value: yes\n      provideClusterInfo: true\n      command: /bin/v\n"
       "      apiVersion: client.authentication.k8s.io/v1beta1\n      interactiveMode: Never\n      installHint: " +
           std::string(kHint) + "\n"},
      {"a block list of arguments is replaced, the comment of its key is not",
       "users:\n- name: u\n  user:\n    exec:\n      args: # a\n        - old\n        - \"2\"\n      command: x\n",
       User("u"),
       "users:\n- name: u\n  user:\n    exec:\n      args: # a\n      - k8s\n      - --cluster\n      - c\n      - "
       "--audience\n      - a\n"
       "      command: /bin/v\n      apiVersion: client.authentication.k8s.io/v1beta1\n      interactiveMode: Never\n      "
       "installHint: " +
           std::string(kHint) + "\n"},
  };
  return pairs;
}

TEST(Kubeconfig, KeepsWhatItDoesNotChangeAndIsTheSameTheSecondTime) {
  for (const Pair& pair : Pairs()) {
    EXPECT_EQ(Edited(pair.before, pair.change), pair.after) << pair.what;
    EXPECT_EQ(Edited(pair.after, pair.change), pair.after) << pair.what;
  }
}

TEST(Kubeconfig, KeepsLineEndsOfWindows) {
  for (const Pair& pair : Pairs())
    EXPECT_EQ(Edited(WithCrLf(pair.before), pair.change), WithCrLf(pair.after)) << pair.what;
}

TEST(Kubeconfig, WritesNothingWhenNothingChanges) {
  const std::string text = "contexts: [{name: b, context: {cluster: 'c', user: \"u\"}}] # mine";
  EXPECT_EQ(Edited(text, Context("b", "c", "u")), text);
}

TEST(Kubeconfig, CurrentContextIsLeftAloneUnlessAsked) {
  KubeconfigChange change = Context("b", "c", "u");
  const std::string before =
      "contexts:\n- name: b\n  context:\n    cluster: c\n    user: u\ncurrent-context: a # now\n";
  EXPECT_EQ(Edited(before, change), before);
  change.current_context = "b";
  EXPECT_EQ(Edited(before, change),
            "contexts:\n- name: b\n  context:\n    cluster: c\n    user: u\ncurrent-context: b # now\n");
}

TEST(Kubeconfig, RefusesWhatItCouldBreak) {
  const std::vector<std::pair<std::string, std::string>> refusals = {
      {"kind: Config\ncontexts:\n\t- name: a\n", "line 3: "},
      {"kind: Config\ncontexts:\n- name: a\n\t# c\n\tcontext: {}\n", "line 4: "},
      {"kind: Config\ncontexts: [\n", "line 3: not YAML"},
      {"contexts: []\nkind: \"Config\n", "line 3: a quote is missing"},
      {"a: 1\nb\nc: 2\n", "line 3: not YAML"},
      {"a: 1\n---\nb: 2\n", "more than one YAML document"},
      {"a: 1\n---\n", "more than one YAML document"},
      {"- a\n", "line 1: the file is not a map"},
      {"just text\n", "line 1: the file is not a map"},
      {"kind: Config\ncontexts: text\n", "line 2: this is not a list"},
      {"kind: Config\ncontexts:\n  a: 1\n", "line 3: this is not a list"},
      {"contexts:\n- name: b\n  context: 5\n", "line 3: this is not a map"},
      {"contexts: []\ncontexts: []\n", "line 2: contexts is there twice"},
      {"contexts:\n- name: b\n  context: {}\n  context: {}\n", "line 4: context is there twice"},
      {"contexts:\n- name: b\n- name: b\n", "line 3: there are two entries with the name b"},
      {"contexts:\n- name: x\n- name: x\n", "line 3: there are two entries with the name x"},
      {"contexts:\n- name: b\n  context: &a\n    cluster: x\n", "line 2: an anchor, alias or tag"},
      {"x: &a {}\ncontexts:\n- name: b\n  context: *a\n", "line 4: an alias"},
      {"x: &a {user: n}\ncontexts:\n- name: b\n  context:\n    <<: *a\n", "line 3: an anchor, alias or tag"},
      {"x: &a [1]\ncontexts: [{name: z, y: *a}]\n", "line 2: an anchor, alias or tag"},
      {"contexts: &a\n- name: z\n", "line 1: an anchor or a tag"},
      {"contexts: !!seq\n- name: z\n", "line 1: an anchor or a tag"},
      {std::string("kind: Config\n\x04") + "contexts: []\n", "line 2: a control character"},
      {"\xFE\xFF x\n", "line 1: a byte that is not UTF-8"},
      {"kind: Config\n# M\xFCnchen\n", "line 2: a byte that is not UTF-8"},
      {"kind: Config\n# \u0081\n", "line 2: a control character"},
      {"kind: Config\n# \u2028contexts: []\n", "line 2: a control character"},
      {"kind: Config\n# \u0085contexts: []\n", "line 2: a control character"},
      {"{\n\uFEFF\"users\": []}\n", "line 2: a byte order mark"},
      {"a: 1\rb: 2\n", "line 1: a carriage return"},
      {"--- {kind: Config, users: []}\n", "cannot edit safely"},
      {"kind: Config\ncontexts:\n-\tname: a\n", "line 3: a tab in the indentation"},
      {"? contexts\n: []\n", "line 1: a key that cannot be edited"},
  };
  for (const auto& [text, why] : refusals) {
    const std::string result = Edited(text, Context("b", "c", "u"));
    EXPECT_TRUE(result.starts_with("refused: ") && result.find(why) != std::string::npos) << text << "\n" << result;
  }
}

TEST(Kubeconfig, RefusesAUserWithAnotherWayToLogInAndDoesNotTellIt) {
  for (const std::string member : {"token", "tokenFile", "username", "password", "auth-provider"}) {
    const Error error =
        ThrownBy([&] { EditKubeconfig("users:\n- name: u\n  user: {" + member + ": s3cret}\n", User("u")); });
    EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
    EXPECT_NE(std::string(error.what()).find("has a " + member), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find("s3cret"), std::string::npos);
  }
}

}  // namespace
}  // namespace vouch
