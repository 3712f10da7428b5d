// The checks of agent, session and security key.
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "unique_fd.h"
#include "unit/ctl/doctor_world.h"

namespace vouch {
namespace {

class DoctorLocal : public DoctorTest {
 protected:
  void MakeRunFolder(mode_t mode) const {
    std::filesystem::create_directories(Path("run/vouch"));
    chmod(Path("run/vouch").c_str(), mode);
  }

  Finding Reachable(const std::optional<Error>& error) const {
    DoctorWorld world = World();
    world.status.reset();
    world.client_error = error;
    std::vector<Finding> findings;
    CheckAgent(world, findings);
    return findings.empty() ? Finding{} : findings.back();
  }

  // systemctl that answers for the socket as told; what else it was asked is in "asked".
  void MakeSystemctl(const std::string& socket_unit, const std::string& service_unit = "LoadState=loaded") const {
    MakeProgram("bin/systemctl", "case \"$*\" in\n*'show vouchd.socket'*) printf '" + socket_unit +
                                     "\\n';;\n*'show vouchd.service'*) printf '" + service_unit +
                                     "\\n';;\n*) echo \"$*\" >>" + Path("asked") + ";;\nesac");
  }

  KeyReport Key() const {
    KeyReport key;
    key.path = "/dev/hidraw3";
    key.product = "YubiKey OTP+FIDO+CCID";
    key.is_fido2 = key.supports_pin = key.has_pin = true;
    key.aaguid = "2fc0579f-8113-47ea-b116-bb5a8db9202a";
    key.firmware = 0x050403;
    key.pin_tries = 8;
    return key;
  }
};

TEST_F(DoctorLocal, NamesASocketThatIsNotThere) {
  MakeRunFolder(0700);
  const Finding found = Reachable(Error(REASON_AGENT_UNREACHABLE, "the agent is not running"));
  EXPECT_EQ(found.check, "agent.reachable");
  EXPECT_TRUE(Has(found.what, "there is no socket")) << found.what;
  EXPECT_TRUE(Has(found.remedy, "systemctl --user enable --now vouchd.socket"));
}

TEST_F(DoctorLocal, NamesASocketOnWhichNobodyListens) {
  MakeRunFolder(0700);
  const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, Path("run/vouch/vouchd.sock").c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const Finding found = Reachable(Error(REASON_AGENT_UNREACHABLE, "the agent is not running", "start it"));
  EXPECT_TRUE(Has(found.why, "the socket is there, and nobody answers"));
  EXPECT_TRUE(Has(found.remedy, "journalctl --user -u vouchd"));
}

TEST_F(DoctorLocal, NamesAFileInPlaceOfTheSocket) {
  MakeRunFolder(0700);
  Write("run/vouch/vouchd.sock", "");
  EXPECT_TRUE(Has(Reachable(Error(REASON_AGENT_UNREACHABLE, "x")).what, "is not a socket"));
}

TEST_F(DoctorLocal, TakesTheRightsOfOthersFromTheFolder) {
  MakeRunFolder(0755);
  const Finding found = Reachable(Error(REASON_AGENT_UNREACHABLE, "x"));
  EXPECT_EQ(found.check, "agent.folder");
  found.fix->apply();
  EXPECT_EQ(std::filesystem::status(Path("run/vouch")).permissions(), std::filesystem::perms(0700));
  EXPECT_EQ(Reachable(Error(REASON_AGENT_UNREACHABLE, "x")).check, "agent.reachable");
}

TEST_F(DoctorLocal, NamesAFolderThatIsALink) {
  std::filesystem::create_directories(Path("elsewhere"));
  std::filesystem::create_directories(Path("run"));
  std::filesystem::create_symlink(Path("elsewhere"), Path("run/vouch"));
  const Finding found = Reachable(Error(REASON_AGENT_UNREACHABLE, "x"));
  EXPECT_TRUE(Has(found.what, "is a symbolic link"));
  EXPECT_FALSE(found.fix.has_value());
}

TEST_F(DoctorLocal, NamesAFolderOfAnotherUser) {
  DoctorWorld world = World();
  world.client_error = Error(REASON_AGENT_UNREACHABLE, "x");
  if (geteuid() == 0) {
    MakeRunFolder(0700);
    ASSERT_EQ(chown(Path("run/vouch").c_str(), 65534, 65534), 0);
  } else {
    world.socket_path = "/etc/vouchd.sock";
  }
  std::vector<Finding> findings;
  CheckAgent(world, findings);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(Has(findings.front().what, "belongs to another user"));
  EXPECT_FALSE(findings.front().fix.has_value());
}

TEST_F(DoctorLocal, WarnsOfARelativeVariable) {
  MakeRunFolder(0700);
  environment["VOUCH_SOCKET"] = "vouchd.sock";
  EXPECT_TRUE(Has(Find(CheckAgent, "agent.socket-variable").why, Path("run/vouch/vouchd.sock")));
}

TEST_F(DoctorLocal, PassesOnWhatIsWrongWithTheConfig) {
  status.set_config_problem("line 3: what is \"sevrer\"?");
  EXPECT_TRUE(Has(Find(CheckAgent, "agent.config").what, "sevrer"));
}

struct UnitCase {
  const char* properties;
  const char* part;  // of what is said
  Verdict verdict = Verdict::kFailed;
};

class DoctorUnit : public DoctorLocal, public testing::WithParamInterface<UnitCase> {};

TEST_P(DoctorUnit, IsNamed) {
  environment["XDG_RUNTIME_DIR"] = Path("run");
  MakeSystemctl(GetParam().properties);
  const Finding found = Find(CheckUnits, "agent.unit");
  EXPECT_EQ(found.verdict, GetParam().verdict);
  EXPECT_TRUE(Has(found.what, GetParam().part)) << found.what;
}

INSTANTIATE_TEST_SUITE_P(
    All, DoctorUnit,
    testing::Values(UnitCase{"LoadState=loaded\\nActiveState=active\\nUnitFileState=enabled", "starts the agent when",
                             Verdict::kOk},
                    UnitCase{"LoadState=loaded\\nActiveState=inactive\\nUnitFileState=disabled", "not enabled"},
                    UnitCase{"LoadState=loaded\\nActiveState=inactive\\nUnitFileState=enabled", "not started"},
                    UnitCase{"LoadState=loaded\\nActiveState=failed\\nUnitFileState=enabled", "has failed"},
                    UnitCase{"LoadState=masked\\nActiveState=inactive\\nUnitFileState=masked", "is masked"},
                    UnitCase{"LoadState=not-found\\nActiveState=inactive\\nUnitFileState=", "is not installed"}));

TEST_F(DoctorLocal, EnablesTheUnit) {
  environment["XDG_RUNTIME_DIR"] = Path("run");
  MakeSystemctl("LoadState=loaded\\nActiveState=inactive\\nUnitFileState=disabled");
  Find(CheckUnits, "agent.unit").fix->apply();
  EXPECT_EQ(Read("asked"), "--user enable --now vouchd.socket\n");
}

TEST_F(DoctorLocal, NamesAServiceThatHasFailed) {
  environment["XDG_RUNTIME_DIR"] = Path("run");
  MakeSystemctl("LoadState=loaded\\nActiveState=active\\nUnitFileState=enabled",
                "LoadState=loaded\\nActiveState=failed");
  EXPECT_EQ(Wrong(CheckUnits), std::vector<std::string>{"agent.unit"});
}

TEST_F(DoctorLocal, AsksNoUnitsAboutASocketThatIsNotTheirs) {
  environment["XDG_RUNTIME_DIR"] = Path("another");
  MakeSystemctl("LoadState=masked");
  EXPECT_TRUE(Look(CheckUnits).empty());
}

TEST_F(DoctorLocal, NamesProgramsOfAnotherVersion) {
  EXPECT_TRUE(Wrong(CheckVersions).empty());
  status.set_agent_version("0.0.1");
  EXPECT_TRUE(Has(Find(CheckVersions, "agent.version").what, "the agent that runs is version 0.0.1"));
  status.set_agent_version(VOUCH_VERSION);
  MakeProgram("bin/vouch-exec-credential", "echo vouch-exec-credential 0.0.2");
  EXPECT_TRUE(Has(Find(CheckVersions, "agent.version").what, "is version 0.0.2"));
  exec_.clear();
  EXPECT_EQ(Find(CheckVersions, "agent.version").verdict, Verdict::kFailed);
}

TEST_F(DoctorLocal, NamesASecondInstallationInPath) {
  MakeProgram("other/vouch-credential-process", "echo vouch-credential-process 0.0.3");
  environment["PATH"] = Path("other");
  EXPECT_TRUE(Has(Find(CheckVersions, "agent.version").what, "PATH has another vouch-credential-process"));
}

TEST_F(DoctorLocal, TellsTheStatesOfTheSession) {
  EXPECT_EQ(Find(CheckSession, "session.login").verdict, Verdict::kOk);
  status.mutable_session()->set_seconds_left(29 * 60);
  EXPECT_EQ(Find(CheckSession, "session.login").verdict, Verdict::kWarning);
  status.clear_session();
  EXPECT_TRUE(Has(Find(CheckSession, "session.login").why, "You must be logged in to the server (Unauthorized)"));
  EXPECT_EQ(Find(CheckSession, "session.login").verdict, Verdict::kFailed);
  status.set_session_expired(true);
  EXPECT_TRUE(Has(Find(CheckSession, "session.login").what, "expired"));
  status.clear_server();
  EXPECT_TRUE(Has(Find(CheckSession, "session.login").remedy, "vouchctl setup"));
}

TEST_F(DoctorLocal, TellsOfALockAndOfProgramsThatWait) {
  EXPECT_EQ(Look(CheckSession).size(), 2u) << "login and store";
  status.set_locked(true);
  EXPECT_EQ(Find(CheckSession, "session.lock").verdict, Verdict::kFailed);
  EXPECT_EQ(Find(CheckSession, "session.lock").remedy, "run: vouchctl unlock");
  status.set_locked_until_login(true);
  EXPECT_EQ(Find(CheckSession, "session.lock").remedy, "run: vouchctl login");
  status.set_confirmations_waiting(2);
  EXPECT_EQ(Find(CheckSession, "session.confirm").remedy, "run: vouchctl confirm");
}

TEST_F(DoctorLocal, TellsWhereTheSessionIsKept) {
  EXPECT_EQ(Find(CheckSession, "session.store").verdict, Verdict::kOk);
  status.set_session_persists(false);
  EXPECT_EQ(Find(CheckSession, "session.store").verdict, Verdict::kInfo);
  status.set_store_problem("it is locked");
  const Finding found = Find(CheckSession, "session.store");
  EXPECT_EQ(found.verdict, Verdict::kWarning);
  EXPECT_TRUE(Has(found.what, "it is locked"));
}

TEST_F(DoctorLocal, MissesASecurityKeyOnlyWhenOneIsNeeded) {
  EXPECT_EQ(Find(CheckKeys, "key.present").verdict, Verdict::kInfo);
  status.clear_session();
  EXPECT_EQ(Find(CheckKeys, "key.present").verdict, Verdict::kWarning);
}

TEST_F(DoctorLocal, TellsWhatTheKeyIs) {
  keys = {Key()};
  const Finding found = Find(CheckKeys, "key.present");
  EXPECT_EQ(found.what, "YubiKey OTP+FIDO+CCID (firmware 5.4.3, AAGUID 2fc0579f-8113-47ea-b116-bb5a8db9202a)");
  EXPECT_TRUE(Wrong(CheckKeys).empty());
}

TEST_F(DoctorLocal, TellsTheStatesOfThePin) {
  KeyReport key = Key();
  const auto pin = [&] {
    keys = {key};
    return Find(CheckKeys, "key.pin");
  };
  EXPECT_EQ(pin().verdict, Verdict::kOk);
  key.pin_tries = 3;
  EXPECT_EQ(pin().verdict, Verdict::kWarning);
  key.pin_tries = 0;
  EXPECT_TRUE(Has(pin().what, "is blocked"));
  EXPECT_EQ(pin().verdict, Verdict::kFailed);
  key.has_pin = false;
  key.pin_tries.reset();
  EXPECT_TRUE(Has(pin().what, "has no PIN yet"));
  key.supports_pin = false;
  EXPECT_TRUE(Has(pin().what, "supports neither"));
}

TEST_F(DoctorLocal, NamesAKeyThatCannotBeUsed) {
  KeyReport key = Key();
  key.is_fido2 = false;
  keys = {key};
  EXPECT_TRUE(Has(Find(CheckKeys, "key.present").what, "knows only U2F"));
  key.problem = "it does not answer";
  keys = {key};
  EXPECT_EQ(Find(CheckKeys, "key.present").verdict, Verdict::kWarning);
  key.may_not_open = true;
  keys = {key};
  EXPECT_TRUE(Has(Find(CheckKeys, "key.permission").remedy, "udev"));
}

TEST_F(DoctorLocal, DoesNotFailForASecondKeyThatIsOfNoUse) {
  KeyReport old = Key(), fresh = Key(), blocked = Key(), forbidden = Key();
  old.is_fido2 = false;
  fresh.has_pin = false;
  blocked.pin_tries = 0;
  forbidden.may_not_open = true;
  keys = {old, fresh, blocked, forbidden};
  EXPECT_EQ(Wrong(CheckKeys).size(), 4U);
  keys.push_back(Key());
  EXPECT_TRUE(Wrong(CheckKeys).empty());
  EXPECT_EQ(Find(CheckKeys, "key.permission").verdict, Verdict::kInfo);
}

TEST_F(DoctorLocal, SeesTheKeysThatItMayNotOpen) {
  Write("sys/hidraw0/device/report_descriptor", "\x05\x01\x09\x06");  // a keyboard
  Write("sys/hidraw1/device/report_descriptor", "\x06\xd0\xf1\x09\x01");
  Write("sys/hidraw1/device/uevent", "DRIVER=hid\nHID_NAME=Yubico YubiKey\nHID_PHYS=usb\n");
  Write("sys/hidraw2/device/report_descriptor", "\x06\xd0\xf1\x09\x01");
  for (const char* name : {"dev/hidraw0", "dev/hidraw1", "dev/hidraw2"}) Write(name, "");
  Write("sys/hidraw3/device/report_descriptor", "\x06\xd0\xf1\x09\x01");  // without a file in /dev
  const auto may_use = [&](const std::string& path) { return path == Path("dev/hidraw2"); };
  const std::vector<KeyReport> forbidden = ForbiddenKeys(Path("sys"), Path("dev"), may_use);
  ASSERT_EQ(forbidden.size(), 1U);
  EXPECT_EQ(forbidden.front().path, Path("dev/hidraw1"));
  EXPECT_EQ(forbidden.front().product, "Yubico YubiKey");
  EXPECT_TRUE(forbidden.front().may_not_open);
}

}  // namespace
}  // namespace vouch
