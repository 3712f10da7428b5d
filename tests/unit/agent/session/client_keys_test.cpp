#include "session/client_keys.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "fakes/memory_secret_store.h"
#include "fakes/temp_folder.h"
#include "session/client_key_file.h"

namespace vouch {
namespace {

const std::string kItem(kClientKeyItem);

TEST(ClientKeys, MakesNoneUntilLogin) {
  MemorySecretStore keyring, file;
  ClientKeys keys(&keyring, file);

  EXPECT_EQ(keys.Find(), nullptr);
  EXPECT_TRUE(keyring.items.empty());
}

TEST(ClientKeys, KeepsItInTheKeyringAndFindsItAgain) {
  MemorySecretStore keyring, file;
  const std::string kid = ClientKeys(&keyring, file).FindOrCreate()->kid();

  EXPECT_EQ(ClientKeys(&keyring, file).Find()->kid(), kid);
  EXPECT_TRUE(file.items.empty());
}

TEST(ClientKeys, UsesTheFileWithoutAKeyring) {
  TempFolder folder;
  ClientKeyFile file(folder.At("vouch/client_key.json"));
  ClientKeys keys(nullptr, file);

  const std::string kid = keys.FindOrCreate()->kid();

  EXPECT_EQ(keys.store_kind(), "file");
  EXPECT_EQ(ClientKeys(nullptr, file).Find()->kid(), kid);
}

TEST(ClientKeys, UsesTheFileWhenTheKeyringForgets) {
  MemorySecretStore keyring, file;
  keyring.forgets = true;
  ClientKeys keys(&keyring, file);

  keys.FindOrCreate();

  EXPECT_EQ(file.items.count(kItem), 1U);
}

// What status asks for, on the loop, while the keyring lets a login wait.
TEST(ClientKeys, TellsWhereItIsWhileTheKeyringWorks) {
  class SlowKeyring final : public SecretStore {
   public:
    std::optional<Secret> Load(std::string_view) override { return std::nullopt; }
    void Save(std::string_view, const Secret&) override {
      auto told = std::async(std::launch::async, [this] { return std::string(keys->store_kind()) + keys->store_problem(); });
      answer = told.wait_for(std::chrono::seconds(50)) == std::future_status::ready ? told.get() : "it waits";
    }
    void Remove(std::string_view) override {}
    std::string_view kind() const override { return "slow"; }

    ClientKeys* keys = nullptr;
    std::string answer;
  };
  SlowKeyring keyring;
  MemorySecretStore file;
  ClientKeys keys(&keyring, file);
  keyring.keys = &keys;

  keys.FindOrCreate();

  EXPECT_EQ(keyring.answer, "slow");
}

TEST(ClientKeys, UsesTheFileWhileTheKeyringIsAway) {
  MemorySecretStore keyring, file;
  keyring.up = false;

  EXPECT_NE(ClientKeys(&keyring, file).FindOrCreate(), nullptr);

  EXPECT_EQ(file.items.count(kItem), 1U);
}

TEST(ClientKeys, MovesAKeyFromTheFileIntoTheKeyring) {
  MemorySecretStore keyring, file;
  const std::string kid = ClientKeys(nullptr, file).FindOrCreate()->kid();

  EXPECT_EQ(ClientKeys(&keyring, file).Find()->kid(), kid);

  EXPECT_EQ(keyring.items.count(kItem), 1U);
  EXPECT_TRUE(file.items.empty());
}

TEST(ClientKeys, KeepsTheFileWhenTheKeyringForgetsTheMove) {
  MemorySecretStore keyring, file;
  ClientKeys(nullptr, file).FindOrCreate();
  keyring.forgets = true;

  ClientKeys(&keyring, file).Find();

  EXPECT_EQ(file.items.count(kItem), 1U);
}

TEST(ClientKeys, AKeyringThatHasNotToldWhatItHoldsIsNotWrittenOver) {
  class LateKeyring final : public SecretStore {
   public:
    std::optional<Secret> Load(std::string_view) override { throw Error(REASON_KEYRING_UNAVAILABLE, "locked"); }
    void Save(std::string_view, const Secret&) override { ++saves; }  // unlocked in between
    void Remove(std::string_view) override {}
    std::string_view kind() const override { return "late"; }

    int saves = 0;
  };
  LateKeyring keyring;
  MemorySecretStore file;

  ClientKeys(&keyring, file).FindOrCreate();

  EXPECT_EQ(keyring.saves, 0);
  EXPECT_EQ(file.items.count(kItem), 1U);
}

TEST(ClientKeys, FindsItsKeyInAKeyringThatComesLate) {
  MemorySecretStore keyring, file;
  const std::string kid = ClientKeys(&keyring, file).FindOrCreate()->kid();
  keyring.up = false;
  ClientKeys keys(&keyring, file);
  EXPECT_EQ(keys.Find(), nullptr);
  keyring.up = true;

  EXPECT_EQ(keys.FindOrCreate()->kid(), kid);

  EXPECT_EQ(keys.store_problem(), "");
  EXPECT_TRUE(file.items.empty());
}

TEST(ClientKeys, MovesAKeyWhenTheKeyringIsBack) {
  MemorySecretStore keyring, file;
  keyring.up = false;
  ClientKeys keys(&keyring, file);
  const std::string kid = keys.FindOrCreate()->kid();
  keyring.up = true;

  EXPECT_EQ(keys.FindOrCreate()->kid(), kid);

  EXPECT_TRUE(file.items.empty());
  EXPECT_EQ(ClientKeys(&keyring, file).Find()->kid(), kid);
  EXPECT_EQ(keys.store_problem(), "");
}

TEST(ClientKeys, TheKeyOfTheFileIsTheLaterOne) {
  MemorySecretStore keyring, file;
  ClientKeys(&keyring, file).FindOrCreate();
  keyring.up = false;
  const std::string later = ClientKeys(&keyring, file).FindOrCreate()->kid();
  keyring.up = true;

  EXPECT_EQ(ClientKeys(&keyring, file).Find()->kid(), later);
  EXPECT_EQ(ClientKeys(&keyring, file).Find()->kid(), later) << "after it has moved";
}

TEST(ClientKeys, AForgetfulKeyringIsAskedOnce) {
  MemorySecretStore keyring, file;
  keyring.forgets = true;
  ClientKeys keys(&keyring, file);
  keys.FindOrCreate();
  keyring.forgets = false;

  keys.FindOrCreate();

  EXPECT_TRUE(keyring.items.empty());
  EXPECT_EQ(keys.store_problem(), "the keyring does not keep what is stored in it");
}

TEST(ClientKeys, SaysHowToGetRidOfADamagedKey) {
  MemorySecretStore keyring, file;
  keyring.items[kItem] = "{";

  try {
    ClientKeys(&keyring, file).Find();
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.remedy().find("secret-tool clear service vouchd item client_key"), std::string::npos);
  }
}

TEST(ClientKeys, LeavesAloneWhatItDoesNotUnderstand) {
  MemorySecretStore keyring, file;
  keyring.items[kItem] = "{\"kty\":\"RSA\"}";

  EXPECT_THROW(ClientKeys(&keyring, file).FindOrCreate(), Error);

  EXPECT_EQ(keyring.items[kItem], "{\"kty\":\"RSA\"}");
}

TEST(ClientKeyFile, KeepsNoSession) {
  TempFolder folder;
  ClientKeyFile file(folder.At("client_key.json"));

  EXPECT_THROW(file.Save(kSessionItem, Secret("s")), Error);
  EXPECT_EQ(file.Load(kSessionItem), std::nullopt);
}

TEST(ClientKeys, TellsWhyTheKeyringIsNotUsed) {
  MemorySecretStore keyring, file;
  EXPECT_EQ(ClientKeys(&keyring, file).store_problem(), "");
  EXPECT_EQ(ClientKeys(nullptr, file).store_problem(), "") << "nobody wants one";

  keyring.up = false;
  ClientKeys away(&keyring, file);
  away.FindOrCreate();
  EXPECT_EQ(away.store_problem(), "the keyring is away");

  keyring.up = keyring.forgets = true;
  ClientKeys forgetful(&keyring, file);
  forgetful.Find();
  EXPECT_EQ(forgetful.store_problem(), "the keyring does not keep what is stored in it");

  keyring.forgets = false;
  ClientKeys good(&keyring, file);
  good.Find();
  EXPECT_EQ(good.store_problem(), "");
}

}  // namespace
}  // namespace vouch
