// The keys of the account, at a fake agent.
#include "keys.h"

#include <cstdlib>

#include "unit/ctl/key_test.h"

namespace vouch {
namespace {

class Keys : public KeyTest {
 protected:
  Keys() {
    setenv("TZ", "UTC", 1);
    tzset();
    auto& first = *agent.keys.add_keys();
    first.set_id("id-1");
    first.set_name("Blue key");
    first.set_created_at(1795521600);  // 2026-11-24T12:00:00Z
    first.set_is_current_session(true);
    first.set_device_model("YubiKey 5");
    first.set_aaguid("d1c3ba1f-2e6a-4f0f-b3a5-766f75636801");
    auto& second = *agent.keys.add_keys();
    second.set_id("id-2");
    second.set_name("Backup");
    options.server = "https://vouch.test";
  }
  ~Keys() override {
    unsetenv("TZ");
    tzset();
  }

  // Without a security key.
  void Remove(const std::vector<std::string>& typed) {
    RunTyped("", typed, [&](Client& client, KeyDialog& key) { RunKeysRemove(options, client, key, out); });
  }
  void RemovePiped(const std::string& device = "", const std::string& input = "") {
    RunPiped(device, input, [&](Client& client, KeyDialog& key) { RunKeysRemove(options, client, key, out); });
  }
  void Rename(const std::string& device = "", const std::string& input = "") {
    RunPiped(device, input, [&](Client& client, KeyDialog& key) { RunKeysRename(options, client, key, out); });
  }
  std::string List() {
    Client client(agent.socket());
    RunKeysList(options, client, out);
    return out.str();
  }

  KeysOptions options;
};

TEST_F(Keys, ListIsATable) {
  EXPECT_EQ(List(),
            "NAME      MODEL      ADDED       CURRENT  ID\n"
            "Blue key  YubiKey 5  2026-11-24  yes      id-1\n"
            "Backup                                    id-2\n");
  EXPECT_EQ(agent.asked_keys().server(), "https://vouch.test");
}

TEST_F(Keys, ListSaysWhenThereIsNone) {
  agent.keys.clear_keys();

  EXPECT_EQ(List(), "The account has no security key; add one: vouchctl register\n");
}

TEST_F(Keys, JsonHasTheDocumentedMembers) {
  options.json = true;

  EXPECT_EQ(List(), R"({
  "keys": [
    {
      "id": "id-1",
      "name": "Blue key",
      "model": "YubiKey 5",
      "aaguid": "d1c3ba1f-2e6a-4f0f-b3a5-766f75636801",
      "added_at": "2026-11-24T12:00:00Z",
      "current": true
    },
    {
      "id": "id-2",
      "name": "Backup",
      "model": null,
      "aaguid": null,
      "added_at": null,
      "current": false
    }
  ]
}
)");
}

TEST_F(Keys, RenameActsOnTheIdOfTheName) {
  options.key = "Backup";
  options.name = " Red key ";

  Rename();

  EXPECT_EQ(agent.asked_rename()->id(), "id-2");
  EXPECT_EQ(agent.asked_rename()->name(), "Red key");
  EXPECT_EQ(agent.asked_rename()->server(), "https://vouch.test");
  EXPECT_EQ(out.str(), "Renamed \"Backup\" to \"Red key\".\n");
}

TEST_F(Keys, ANameThatTwoKeysHaveIsRefused) {
  agent.keys.mutable_keys(0)->set_name("Backup");
  options.key = "Backup";
  options.name = "Red key";

  const Error error = ThrownBy([&] { Rename(); });

  EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
  EXPECT_EQ(error.remedy(), "name it by its id, see: vouchctl keys list");
  EXPECT_FALSE(agent.asked_rename().has_value());
}

TEST_F(Keys, AnIdWinsOverANameThatLooksLikeIt) {
  agent.keys.mutable_keys(0)->set_name("id-2");
  options.key = "id-2";
  options.name = "Red key";

  Rename();

  EXPECT_EQ(agent.asked_rename()->id(), "id-2");
}

TEST_F(Keys, AKeyThatIsNotThereIsNotFound) {
  options.key = "Blue";

  EXPECT_EQ(ThrownBy([&] { RemovePiped(); }).reason(), REASON_NOT_FOUND);
}

TEST_F(Keys, ABadNameIsRefusedBeforeTheAgentIsAsked) {
  options.key = "id-1";
  options.name = " ";

  EXPECT_EQ(ThrownBy([&] { Rename(); }).reason(), REASON_CONFIGURATION);
  EXPECT_TRUE(agent.calls().empty());
}

TEST_F(Keys, RemoveAsksOnATerminal) {
  options.key = "Backup";
  agent.removed.set_sessions_revoked(2);

  Remove({"yes"});

  EXPECT_EQ(screen.Text(), "Remove \"Backup\" (id-2)? (yes/no) ");
  EXPECT_EQ(agent.asked_remove()->id(), "id-2");
  EXPECT_EQ(agent.asked_remove()->server(), "https://vouch.test");
  EXPECT_EQ(out.str(), "Removed \"Backup\". Sessions ended: 2.\n");
}

TEST_F(Keys, NothingIsRemovedAfterANo) {
  options.key = "Backup";

  EXPECT_EQ(ThrownBy([&] { Remove({"no"}); }).reason(), REASON_CANCELLED);
  EXPECT_FALSE(agent.asked_remove().has_value());
}

TEST_F(Keys, RemoveWarnsOfTheKeyOfThisSession) {
  options.key = "id-1";
  agent.removed.set_session_ended(true);

  Remove({"yes"});

  EXPECT_EQ(screen.Text(), "Remove \"Blue key\" (id-1)? This session was made with it and ends too. (yes/no) ");
  EXPECT_EQ(out.str(), "Removed \"Blue key\". This session is over; run: vouchctl login\n");
}

TEST_F(Keys, RemoveWarnsOfTheLastKey) {
  options.key = "id-1";
  agent.keys.mutable_keys()->RemoveLast();

  Remove({"yes"});

  EXPECT_EQ(screen.Text(),
            "Remove \"Blue key\" (id-1)? It is the last key of the account, and this session was made with it. "
            "(yes/no) ");
}

TEST_F(Keys, AScriptRemovesOnlyByForce) {
  options.key = "Backup";
  EXPECT_EQ(ThrownBy([&] { RemovePiped("", "yes\n"); }).reason(), REASON_CONFIGURATION);
  EXPECT_FALSE(agent.asked_remove().has_value());

  options.force = true;
  RemovePiped();

  EXPECT_EQ(agent.asked_remove()->id(), "id-2");
  EXPECT_EQ(screen.Text(), "");
}

TEST_F(Keys, RemoveLogsInOnceWhenTheServerWantsIt) {
  const Softkey softkey;
  options.key = "Backup";
  options.force = true;
  agent.FailNext("RemoveKey", REASON_STEP_UP_REQUIRED);

  RemovePiped(softkey.device(), "123456\n");

  EXPECT_EQ(agent.calls(),
            (std::vector<std::string>{"ListKeys", "RemoveKey", "BeginLogin", "FinishLogin", "RemoveKey"}));
  EXPECT_EQ(agent.asked_begin().server(), "https://vouch.test");
  EXPECT_EQ(screen.Text(), "The server wants a new login for this.\nTouch your security key…\n");
  EXPECT_EQ(out.str(), "Removed \"Backup\".\n");
}

TEST_F(Keys, ASecondDemandForALoginIsAnError) {
  const Softkey softkey;
  options.key = "Backup";
  options.force = true;
  agent.FailNext("RemoveKey", REASON_STEP_UP_REQUIRED);
  agent.FailNext("RemoveKey", REASON_STEP_UP_REQUIRED);

  EXPECT_EQ(ThrownBy([&] { RemovePiped(softkey.device(), "123456\n"); }).reason(), REASON_STEP_UP_REQUIRED);
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace vouch
