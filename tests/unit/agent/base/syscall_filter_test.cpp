#include "base/syscall_filter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/sanitized.h"
#include "confined_child.h"
#include "fakes/temp_folder.h"

namespace vouch {
namespace {

class SyscallFilterTest : public testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "not in a build with a sanitizer";
    std::ofstream(file_) << "text";
  }

  template <typename Attempt>
  static int Try(Attempt attempt) {
    return InChild([&] {
      std::string problem;
      return FilterCalls(problem) ? attempt() : 255;
    });
  }
  template <typename... Arguments>
  static int Call(long number, Arguments... arguments) {
    return Try([&] { return ErrorOf(syscall(number, arguments...)); });
  }

  TempFolder folder_;
  const std::string file_ = folder_.At("file");
};

TEST_F(SyscallFilterTest, RunsAndStartsNoProgram) {
  char program[] = "true";
  char* const arguments[] = {program, nullptr};
  EXPECT_EQ(Call(SYS_execve, "/bin/true", arguments, nullptr), EPERM);
  EXPECT_EQ(Call(SYS_execveat, AT_FDCWD, "/bin/true", arguments, nullptr, 0), EPERM);
  EXPECT_EQ(Try([] { return ErrorOf(fork()); }), EPERM);
  EXPECT_EQ(Call(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr), EPERM);
  EXPECT_EQ(Call(SYS_clone3, nullptr, 0), ENOSYS);
}

TEST_F(SyscallFilterTest, StartsThreads) {
  EXPECT_EQ(Try([] {
              int seen = 1;
              std::thread([&seen] { seen = 0; }).join();
              return seen;
            }),
            0);
}

TEST_F(SyscallFilterTest, LeavesOtherProcessesAlone) {
  const pid_t parent = getpid();
  EXPECT_EQ(Call(SYS_ptrace, PTRACE_ATTACH, parent, 0, 0), EPERM);
  EXPECT_EQ(Call(SYS_process_vm_readv, parent, nullptr, 0, nullptr, 0, 0), EPERM);
  EXPECT_EQ(Call(SYS_process_vm_writev, parent, nullptr, 0, nullptr, 0, 0), EPERM);
  EXPECT_EQ(Call(SYS_kill, parent, 0), EPERM);
  EXPECT_EQ(Call(SYS_tgkill, parent, parent, 0), EPERM);
  EXPECT_EQ(Call(SYS_pidfd_getfd, -1, 0, 0), EPERM);
}

// The kernel would send the signal on behalf of whoever named the owner.
TEST_F(SyscallFilterTest, MakesNoOtherProcessTheOwnerOfADescriptor) {
  const pid_t parent = getpid();
  f_owner_ex owner{F_OWNER_PID, parent};
  int process = parent;
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);  // a file has no such ioctls
  EXPECT_EQ(Try([&] { return ErrorOf(fcntl(fd, F_SETOWN, parent)); }), EPERM);
  EXPECT_EQ(Try([&] { return ErrorOf(fcntl(fd, F_SETOWN_EX, &owner)); }), EPERM);
  EXPECT_EQ(Try([&] { return ErrorOf(ioctl(fd, FIOSETOWN, &process)); }), EPERM);
  EXPECT_EQ(Try([&] { return ErrorOf(ioctl(fd, SIOCSPGRP, &process)); }), EPERM);
  EXPECT_EQ(Try([&] { return ErrorOf(fcntl(fd, F_SETFD, FD_CLOEXEC)); }), 0);
  EXPECT_EQ(Try([&] { return ErrorOf(fcntl(fd, F_SETFL, O_NONBLOCK)); }), 0);
  close(fd);
}

TEST_F(SyscallFilterTest, LimitsNoProcessButItself) {
  const pid_t parent = getpid();
  rlimit limit{};
  EXPECT_EQ(Try([&] { return ErrorOf(prlimit(parent, RLIMIT_CPU, nullptr, &limit)); }), EPERM);
  EXPECT_EQ(Try([&] { return ErrorOf(prlimit(getpid(), RLIMIT_CPU, nullptr, &limit)); }), 0);
  EXPECT_EQ(Try([&] { return ErrorOf(getrlimit(RLIMIT_CPU, &limit)); }), 0);
}

TEST_F(SyscallFilterTest, TakesTheProcessorFromNobodyButItself) {
  const pid_t parent = getpid();
  cpu_set_t all{};
  sched_param none{};
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  EXPECT_EQ(Try([&] { return ErrorOf(sched_setaffinity(parent, sizeof all, &all)); }), EPERM);
  EXPECT_EQ(Try([&] { return ErrorOf(sched_setscheduler(parent, SCHED_OTHER, &none)); }), EPERM);
  EXPECT_EQ(Try([&] { return ErrorOf(sched_setparam(parent, &none)); }), EPERM);
  EXPECT_EQ(Try([&] { return ErrorOf(setpriority(PRIO_PROCESS, static_cast<id_t>(parent), 19)); }), EPERM);
  EXPECT_EQ(Try([&] { return ErrorOf(setpriority(PRIO_USER, 0, 19)); }), EPERM);
  EXPECT_EQ(Call(SYS_ioprio_set, 1, parent, 0), EPERM);
  EXPECT_EQ(Call(SYS_migrate_pages, parent, 0, nullptr, nullptr), EPERM);
  EXPECT_EQ(Call(SYS_move_pages, parent, 0, nullptr, nullptr, nullptr, 0), EPERM);

  struct {
    std::uint32_t size = sizeof *this, policy = SCHED_BATCH;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t deadline[3] = {};
  } const batch;
  EXPECT_EQ(Call(SYS_sched_setattr, parent, &batch, 0), 0) << "GLib is told that it is done";
  EXPECT_EQ(sched_getscheduler(0), SCHED_OTHER);

  EXPECT_EQ(Try([&] { return ErrorOf(sched_setaffinity(0, sizeof all, &all)); }), 0);
  EXPECT_EQ(Try([&] { return ErrorOf(sched_setscheduler(0, SCHED_OTHER, &none)); }), 0);
}

TEST_F(SyscallFilterTest, CanStillAbort) {
  EXPECT_EQ(Try([]() -> int { std::abort(); }), -1);
}

TEST_F(SyscallFilterTest, MakesNoNamespaceAndNoMount) {
  EXPECT_EQ(Call(SYS_unshare, CLONE_NEWUSER), EPERM);
  EXPECT_EQ(Call(SYS_setns, -1, 0), EPERM);
  EXPECT_EQ(Call(SYS_mount, nullptr, nullptr, nullptr, 0, nullptr), EPERM);
  EXPECT_EQ(Call(SYS_chroot, "/"), EPERM);
}

TEST_F(SyscallFilterTest, KeepsAwayFromTheKernel) {
  EXPECT_EQ(Call(SYS_bpf, 0, nullptr, 0), EPERM);
  EXPECT_EQ(Call(SYS_userfaultfd, 0), EPERM);
  EXPECT_EQ(Call(SYS_io_uring_setup, 1, nullptr), EPERM);
  EXPECT_EQ(Call(SYS_kexec_load, 0, 0, nullptr, 0), EPERM);
  EXPECT_EQ(Call(SYS_keyctl, 0, 0), EPERM);
  EXPECT_EQ(Call(SYS_perf_event_open, nullptr, 0, 0, 0, 0), EPERM);
}

TEST_F(SyscallFilterTest, StaysWhoItIs) {
  EXPECT_EQ(Call(SYS_setuid, getuid()), EPERM);
  EXPECT_EQ(Call(SYS_setgroups, 0, nullptr), EPERM);
  EXPECT_EQ(Call(SYS_capset, nullptr, nullptr), EPERM);
}

TEST_F(SyscallFilterTest, OpensNoFileToOthersAndClosesOneToThem) {
  const char* file = file_.c_str();
  for (const mode_t open_to_others : {0640, 0602, 04700, 02700, 01700}) {
    EXPECT_EQ(Try([&] { return ErrorOf(chmod(file, open_to_others)); }), EPERM);
    EXPECT_EQ(Try([&] { return ErrorOf(fchmodat(AT_FDCWD, file, open_to_others, 0)); }), EPERM);
    EXPECT_EQ(Try([&] { return ErrorOf(fchmod(open(file, O_RDONLY), open_to_others)); }), EPERM);
  }
  EXPECT_EQ(Try([&] { return ErrorOf(chmod(file, 0600)); }), 0);
  EXPECT_EQ(Try([&] { return ErrorOf(fchmod(open(file, O_RDONLY), 0700)); }), 0);
}

TEST_F(SyscallFilterTest, ChangesNoOwnerAndNoTimeOfAFile) {
  const char* file = file_.c_str();
  EXPECT_EQ(Try([&] { return ErrorOf(chown(file, getuid(), getgid())); }), EPERM);
  EXPECT_EQ(Try([&] { return ErrorOf(utimensat(AT_FDCWD, file, nullptr, 0)); }), EPERM);
  EXPECT_EQ(Call(SYS_setxattr, file, "user.a", "b", 1, 0), EPERM);
  for (const unsigned long attributes : {FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR})
    EXPECT_EQ(Try([&] { return ErrorOf(ioctl(open(file, O_RDONLY), attributes, nullptr)); }), EPERM);
}

TEST_F(SyscallFilterTest, EmptiesNoFileThatItMayOnlyRead) {
  EXPECT_EQ(Try([&] { return ErrorOf(truncate(file_.c_str(), 0)); }), EPERM);
  EXPECT_EQ(Try([&] { return ErrorOf(open(file_.c_str(), O_RDONLY | O_TRUNC)); }), EPERM);
  EXPECT_EQ(Call(SYS_openat2, AT_FDCWD, file_.c_str(), nullptr, 0), ENOSYS);
#ifdef SYS_open
  EXPECT_EQ(Call(SYS_open, file_.c_str(), O_RDONLY | O_TRUNC), EPERM);
#endif
  EXPECT_EQ(Try([&] { return ErrorOf(open(file_.c_str(), O_WRONLY | O_TRUNC)); }), 0);
  EXPECT_EQ(Try([&] { return ErrorOf(open(file_.c_str(), O_RDONLY)); }), 0);
}

// Landlock lets it through: LandlockTest alone cannot show it.
TEST_F(SyscallFilterTest, OpensNothingInTheModeThatIsNeitherReadingNorWriting) {
  for (const int flags : {O_ACCMODE, O_ACCMODE | O_TRUNC, O_ACCMODE | O_CLOEXEC}) {
    EXPECT_EQ(Try([&] { return ErrorOf(open("/dev/zero", flags)); }), EPERM);
    EXPECT_EQ(Try([&] { return ErrorOf(open(file_.c_str(), flags)); }), EPERM);
#ifdef SYS_open
    EXPECT_EQ(Call(SYS_open, file_.c_str(), flags), EPERM);
#endif
  }
  EXPECT_EQ(Try([&] { return ErrorOf(open(file_.c_str(), O_RDWR)); }), 0);
  EXPECT_EQ(Try([&] { return ErrorOf(open(file_.c_str(), O_PATH)); }), 0);
}

TEST_F(SyscallFilterTest, OpensNoSocketButThoseThatItUses) {
  for (const int family : {AF_UNIX, AF_INET, AF_NETLINK}) EXPECT_EQ(Try([&] { return ErrorOf(socket(family, SOCK_DGRAM, 0)); }), 0);
  for (const int family : {AF_PACKET, AF_VSOCK, AF_ALG, AF_BLUETOOTH})
    EXPECT_EQ(Try([&] { return ErrorOf(socket(family, SOCK_STREAM, 0)); }), EPERM);
}

TEST_F(SyscallFilterTest, TypesNothingIntoTheTerminal) {
  char letter = 'x';
  EXPECT_EQ(Try([&] { return ErrorOf(ioctl(0, TIOCSTI, &letter)); }), EPERM);
  int waiting = 0;
  EXPECT_NE(Try([&] { return ErrorOf(ioctl(0, FIONREAD, &waiting)); }), EPERM);
}

TEST_F(SyscallFilterTest, KnowsNoCallThatIsNewerThanWhatWasLookedAt) {
  constexpr long kNewer = 452;  // fchmodat2, Linux 6.6
  EXPECT_EQ(Call(kNewer, AT_FDCWD, file_.c_str(), 0777, 0), ENOSYS);
  EXPECT_EQ(Call(SYS_getpid), 0);
}

#ifdef __x86_64__
TEST_F(SyscallFilterTest, KnowsNoCallOfX32) {
  constexpr long kX32 = 0x40000000;
  EXPECT_EQ(Call(kX32 + SYS_getpid), ENOSYS);
}

TEST_F(SyscallFilterTest, RefusesTheCallsOfThe32BitArchitecture) {
  const auto getpid_there = [] {
    long result = 20;
    asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return result < 0 ? static_cast<int>(-result) : 0;
  };
  if (InChild(getpid_there) != 0) GTEST_SKIP() << "this kernel has no 32-bit calls";
  EXPECT_EQ(Try(getpid_there), EPERM);
}
#endif

TEST_F(SyscallFilterTest, CanBeNarrowedToAFewCalls) {
  const auto only = [](long number) {
    return InChild([&] {
      if (!AllowCallsOnly({SYS_getppid, SYS_exit_group})) return 255;
      return ErrorOf(syscall(number, 0, 0, 0));
    });
  };
  EXPECT_EQ(only(SYS_getppid), 0);
  EXPECT_EQ(only(SYS_getpid), EPERM);
  EXPECT_EQ(only(SYS_openat), EPERM);
}

}  // namespace
}  // namespace vouch
