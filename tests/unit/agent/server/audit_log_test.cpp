#include "server/audit_log.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "fakes/temp_folder.h"

namespace vouch {
namespace {

constexpr const char* kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";

AuditEntry Entry(std::string subject = kRole) {
  AuditEntry entry;
  entry.at_ms = 1'795'000'000'042;
  entry.event = "aws";
  entry.subject = std::move(subject);
  entry.server = "https://us.vouch.sh";
  entry.caller = {Peer{1000, 4711}, std::nullopt, ""};
  entry.program = Program{4700, "/usr/bin/aws", "aws", true};
  return entry;
}

nlohmann::json Line(const AuditEntry& entry) {
  const std::string line = FormatAuditLine(entry, *entry.program);
  EXPECT_TRUE(line.ends_with("}\n"));
  EXPECT_EQ(line.find_first_not_of(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"),
            line.size() - 1);
  return nlohmann::json::parse(line);
}

TEST(AuditLine, HasWhatTheFormatSays) {
  EXPECT_EQ(FormatAuditLine(Entry(), *Entry().program),
            "{\"time\":\"2026-11-18T11:06:40.042Z\",\"event\":\"aws\",\"role\":\"arn:aws:iam::123456789012:role/VouchDeveloper\","
            "\"server\":\"https://us.vouch.sh\",\"pid\":4700,\"executable\":\"/usr/bin/aws\",\"helper_pid\":4711,\"uid\":1000,"
            "\"caller_class\":\"person\",\"result\":\"ok\"}\n");
}

TEST(AuditLine, NamesTheReasonOfARefusal) {
  AuditEntry entry = Entry();
  entry.result = REASON_LOCKED;
  entry.caller.agent_source = "some-agent";
  EXPECT_EQ(Line(entry)["result"], "locked");
  EXPECT_EQ(Line(entry)["caller_class"], "some-agent");
}

TEST(AuditLine, TellsAnAudienceFromARole) {
  AuditEntry entry = Entry("kubernetes:dev");
  entry.cluster = "c";
  EXPECT_EQ(Line(entry)["audience"], "dev");
  EXPECT_EQ(Line(entry)["cluster"], "c");
  EXPECT_FALSE(Line(entry).contains("role"));
  EXPECT_FALSE(Line(Entry("")).contains("role"));
}

// The queue is bounded in entries.
TEST(AuditLine, AnEntryIsCutToWhatItsLineShows) {
  AuditEntry entry = Entry("arn:" + std::string(5000, 'r'));
  entry.cluster = entry.server = entry.caller.agent_source = std::string(60'000, 'x');
  const nlohmann::json whole = Line(entry);

  CutToLine(entry);

  EXPECT_EQ(Line(entry), whole);
  EXPECT_LE(entry.subject.capacity() + entry.cluster.capacity() + entry.server.capacity() + entry.caller.agent_source.capacity(), 2048U);
}

TEST(AuditLine, NamesAProgramWhosePathIsNotShown) {
  AuditEntry entry = Entry();
  entry.program = Program{4711, "", "aws", false};
  EXPECT_EQ(Line(entry)["executable"], "[aws]");
  EXPECT_FALSE(Line(entry).contains("helper_pid")) << "it is the same";
}

TEST(AuditLine, IsOneLineOfBoundedLengthWhateverAProcessIsCalled) {
  AuditEntry entry = Entry("kubernetes:" + std::string(60'000, 'a'));
  entry.cluster = std::string("a\n{\"event\":\"aws\"}\x1b[2J\x00", 22) + std::string(60'000, '\xff');
  entry.caller.agent_source = std::string(60'000, '\x01');
  entry.server = std::string(60'000, '"');
  entry.program = Program{1, "/" + std::string(4000, '\n'), std::string(4000, 'n'), true};

  const nlohmann::json line = Line(entry);

  EXPECT_EQ(line["event"], "aws");
  EXPECT_TRUE(line["cluster"].get<std::string>().starts_with("a\n{\"event\":\"aws\"}\x1b[2J"));
  EXPECT_EQ(line["executable"].get<std::string>().size(), 1024U);
  EXPECT_EQ(line["audience"].get<std::string>().size(), 256U);
  EXPECT_LT(line.dump().size(), 16'000U);
}

class AuditLogTest : public testing::Test {
 protected:
  AuditLog& Log() {
    if (!log_) log_ = std::make_unique<AuditLog>(path_, [](const Caller&) { return Program{9, "/found", "found", true}; });
    return *log_;
  }
  std::vector<nlohmann::json> Lines(const std::string& path) {
    std::vector<nlohmann::json> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

  TempFolder folder_;
  const std::string path_ = folder_.At("vouch/audit.log");
  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditLogTest, WritesIntoAFileOfItsOwner) {
  umask(0);
  Log().Record(Entry());
  Log().Flush();
  umask(077);

  struct stat file {};
  ASSERT_EQ(stat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0600U);
  EXPECT_EQ(Lines(path_).size(), 1U);
}

TEST_F(AuditLogTest, IsNotHeldUpAtItsEndByProgramsThatAreSlowToBeFound) {
  constexpr int kLines = 400;
  AuditEntry entry = Entry();
  entry.program.reset();
  entry.caller.process = Process{"python3", 1, 1};
  std::promise<void> begun;
  auto log = std::make_unique<AuditLog>(path_, [&, first = true](const Caller&) mutable {
    if (std::exchange(first, false)) begun.set_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    return Program{9, "/found", "found", true};
  });
  for (int i = 0; i < kLines; ++i) log->Record(entry);
  begun.get_future().wait();

  const auto start = std::chrono::steady_clock::now();
  log.reset();

  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(50)) << "all of them would take 100";
  const auto lines = Lines(path_);
  ASSERT_EQ(lines.size(), kLines);
  EXPECT_EQ(lines.front()["executable"], "/found");
  EXPECT_EQ(lines.back()["executable"], "[python3]");
}

TEST_F(AuditLogTest, FindsTheProgramWhereItIsNotKnown) {
  AuditEntry entry = Entry();
  entry.program.reset();
  Log().Record(entry);
  Log().Flush();

  EXPECT_EQ(Lines(path_).at(0)["executable"], "/found");
}

TEST_F(AuditLogTest, AddsToWhatAnEarlierAgentHasWritten) {
  Log().Record(Entry());
  log_.reset();
  Log().Record(Entry());
  log_.reset();

  EXPECT_EQ(Lines(path_).size(), 2U) << "and the end writes what waits";
}

TEST_F(AuditLogTest, LosesNothingOfAStorm) {
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&log = Log()] {
      for (int j = 0; j < 250; ++j) log.Record(Entry());
    });
  for (auto& caller : callers) caller.join();
  log_.reset();

  EXPECT_EQ(Lines(path_).size(), 2000U);
}

TEST_F(AuditLogTest, BeginsANewFileAndKeepsFive) {
  const std::size_t of_a_file = AuditFile::kMostBytes / FormatAuditLine(Entry(), *Entry().program).size();
  for (int round = 0; round < 8; ++round) {
    for (std::size_t i = 0; i < of_a_file; ++i) Log().Record(Entry(round == 7 ? "last" : "round " + std::to_string(round)));
    Log().Flush();
  }
  log_.reset();

  for (int number = 1; number <= 5; ++number) {
    const std::string old = path_ + "." + std::to_string(number);
    ASSERT_TRUE(std::filesystem::exists(old)) << old;
    EXPECT_LE(std::filesystem::file_size(old), static_cast<std::uintmax_t>(AuditFile::kMostBytes));
    EXPECT_FALSE(Lines(old).empty()) << "each line is whole";
  }
  EXPECT_EQ(Lines(path_).back()["role"], "last");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".6"));
  EXPECT_LE(std::filesystem::file_size(path_), static_cast<std::uintmax_t>(AuditFile::kMostBytes));
}

TEST_F(AuditLogTest, TellsHowManyLinesWereLostWhenItCanBeWrittenAgain) {
  std::ofstream(folder_.At("vouch")) << "a file where the folder should be";
  for (int i = 0; i < 3; ++i) Log().Record(Entry());
  Log().Flush();

  std::filesystem::remove(folder_.At("vouch"));
  Log().Record(Entry());
  Log().Flush();

  const auto lines = Lines(path_);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["event"], "lost");
  EXPECT_EQ(lines[0]["lines"], 3);
  EXPECT_EQ(lines[1]["event"], "aws");
}

TEST_F(AuditLogTest, GoesOnWhenItsFileOrItsFolderIsRemoved) {
  Log().Record(Entry());
  Log().Flush();
  std::filesystem::remove_all(folder_.At("vouch"));

  Log().Record(Entry());
  Log().Flush();

  EXPECT_EQ(Lines(path_).size(), 1U);
}

TEST_F(AuditLogTest, FollowsNoLinkAndWaitsForNoPipe) {
  std::filesystem::create_directory(folder_.At("vouch"));
  std::filesystem::permissions(folder_.At("vouch"), std::filesystem::perms::owner_all);
  std::ofstream(folder_.At("precious")) << "precious";
  std::filesystem::create_symlink(folder_.At("precious"), path_);
  Log().Record(Entry());
  Log().Flush();
  EXPECT_EQ(std::filesystem::file_size(folder_.At("precious")), 8U);

  std::filesystem::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  Log().Record(Entry());
  Log().Flush();

  std::filesystem::remove(path_);
  std::filesystem::create_hard_link(folder_.At("precious"), path_);
  Log().Record(Entry());
  Log().Flush();
  EXPECT_EQ(std::filesystem::file_size(folder_.At("precious")), 8U);

  std::filesystem::remove(path_);
  Log().Record(Entry());
  Log().Flush();
  EXPECT_EQ(Lines(path_).at(0)["lines"], 3);
}

// No file may grow beyond so many bytes: a write is cut short, as by a disk that is full.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit small = before_;
    small.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(AuditFile, LeavesNoHalfALineOnAFullDisk) {
  const TempFolder folder;
  signal(SIGXFSZ, SIG_IGN);
  AuditFile file(folder.At("audit.log"));
  file.Append("{\"n\":1}\n");
  {
    const SmallDisk disk(12);
    EXPECT_THROW(file.Append("{\"n\":2}\n"), Error) << "there is room for half of it";
    EXPECT_EQ(std::filesystem::file_size(folder.At("audit.log")), 8U) << "and that half is not left";
  }
  file.Append("{\"n\":3}\n");
  EXPECT_EQ(std::filesystem::file_size(folder.At("audit.log")), 16U);
}

}  // namespace
}  // namespace vouch
