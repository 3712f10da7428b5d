#include "session/posture.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "fakes/temp_folder.h"

namespace vouch {
namespace {

class PostureTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = folder_.At(path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }

  nlohmann::json Measure() {
    const auto all = nlohmann::json::parse(MeasurePosture(folder_.path(), 1'790'000'000));
    EXPECT_EQ(all.size(), 1U);
    return all.at(0);
  }

  TempFolder folder_;
};

TEST_F(PostureTest, SaysOnlyWhatIsThereOnAMachineThatShowsNothing) {
  const auto posture = Measure();

  EXPECT_EQ(posture["type"], "device_posture");
  EXPECT_EQ(posture["posture_version"], 1);
  EXPECT_EQ(posture["collected_at"], "2026-09-21T14:13:20Z");
  for (const char* member : {"disk_encryption_enabled", "secure_boot_enabled", "tpm_present", "access_control_enforcing",
                             "os_version", "uptime_secs", "firewall_enabled", "screen_lock_enabled", "edr", "mdm"})
    EXPECT_FALSE(posture.contains(member)) << member << " was not measured";
}

TEST_F(PostureTest, ReadsTheDistribution) {
  Write("etc/os-release", "PRETTY_NAME=\"Debian\"\nID=Debian\nVERSION_ID=\"12\"\n");
  Write("proc/uptime", "12345.67 99.00\n");

  const auto posture = Measure();

  EXPECT_EQ(posture["os_distribution"], "debian");
  EXPECT_EQ(posture["os_version"], "12");
  EXPECT_EQ(posture["uptime_secs"], 12345);
}

TEST_F(PostureTest, FindsEncryptionBelowAVolumeGroup) {
  Write("proc/self/mountinfo", "1 0 253:1 / / rw - ext4 /dev/mapper/vg-root rw\n2 1 0:5 / /proc rw - proc proc rw\n");
  Write("sys/dev/block/253:1/dm/uuid", "LVM-abc\n");
  Write("sys/dev/block/253:1/slaves/dm-0/dm/uuid", "CRYPT-LUKS2-0123-luks\n");

  const auto posture = Measure();

  EXPECT_EQ(posture["disk_encryption_enabled"], true);
  EXPECT_EQ(posture["disk_encryption_technology"], "dm-crypt");
}

TEST_F(PostureTest, ClaimsNoEncryptionForAPlainDisk) {
  Write("proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
  Write("sys/dev/block/8:1/size", "100\n");

  EXPECT_FALSE(Measure().contains("disk_encryption_enabled"));
}

TEST_F(PostureTest, ClaimsNoEncryptionForVerityOrForHalfAVolumeGroup) {
  Write("proc/self/mountinfo", "1 0 253:1 / / rw - ext4 /dev/mapper/root rw\n");
  Write("sys/dev/block/253:1/dm/uuid", "CRYPT-VERITY-0123-root\n");
  EXPECT_FALSE(Measure().contains("disk_encryption_enabled"));

  Write("sys/dev/block/253:1/dm/uuid", "LVM-abc\n");
  Write("sys/dev/block/253:1/slaves/dm-0/dm/uuid", "CRYPT-LUKS2-0123-luks\n");
  Write("sys/dev/block/253:1/slaves/sda2/size", "1\n");
  EXPECT_FALSE(Measure().contains("disk_encryption_enabled"));
}

TEST_F(PostureTest, ReadsSecureBootAndTpm) {
  const std::string variable = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
  Write(variable, std::string("\x06\0\0\0\x01", 5));
  Write("sys/class/tpm/tpm0/tpm_version_major", "2\n");
  auto posture = Measure();
  EXPECT_EQ(posture["secure_boot_enabled"], true);
  EXPECT_EQ(posture["tpm_present"], true);
  EXPECT_EQ(posture["tpm_version"], "2.0");

  Write(variable, std::string("\x06\0\0\0\0", 5));
  EXPECT_EQ(Measure()["secure_boot_enabled"], false);
  Write(variable, "short");
  EXPECT_FALSE(Measure().contains("secure_boot_enabled"));
  Write(variable, "bad");
  EXPECT_FALSE(Measure().contains("secure_boot_enabled"));
}

TEST_F(PostureTest, ReadsSelinux) {
  Write("sys/fs/selinux/enforce", "0");
  EXPECT_EQ(Measure()["access_control_enforcing"], false);
  Write("sys/fs/selinux/enforce", "1");
  EXPECT_EQ(Measure()["access_control_enforcing"], true);
}

TEST_F(PostureTest, SurvivesWhatIsNoText) {
  Write("etc/os-release", std::string("ID=\xff\xfe\nVERSION_ID=\"\n"));

  EXPECT_EQ(Measure()["type"], "device_posture");
}

}  // namespace
}  // namespace vouch
