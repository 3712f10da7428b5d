#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <utility>

#include "base/syscall_filter.h"

namespace vouch {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;  // none that was tried: no filter
#endif

constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t kNotPermitted = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kDone = SECCOMP_RET_ERRNO | 0;  // nothing is done
constexpr std::uint32_t kUnknown = SECCOMP_RET_ERRNO | ENOSYS;
constexpr std::uint32_t kNewest = 450;  // set_mempolicy_home_node; the numbers from 424 on are the same everywhere. x32's lie above

// A program of classic BPF: instructions in a row, jumps forward only.
class Filter {
 public:
  // A call of another architecture has other numbers.
  Filter() {
    Load(offsetof(seccomp_data, arch));
    Add(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
    Return(kNotPermitted);
    Load(offsetof(seccomp_data, nr));
  }

  void IfNewer(std::uint32_t newest, std::uint32_t verdict) {
    Add(BPF_JMP | BPF_JGT | BPF_K, newest, 0, 1);
    Return(verdict);
  }

  void If(std::uint32_t number, std::uint32_t verdict) {
    Add(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
    Return(verdict);
  }

  // The call `number`: allowed when its argument, without the bits outside of `mask`, is (or is not) one of `values`.
  enum class Argument { kIsOneOf, kIsNone };
  void Look(std::uint32_t number, unsigned argument, std::uint32_t mask, Argument wanted,
            std::initializer_list<std::uint32_t> values) {
    const bool listed_is_good = wanted == Argument::kIsOneOf;
    const auto steps = static_cast<std::uint8_t>(2 * values.size() + 3);  // of what follows the comparison
    Add(BPF_JMP | BPF_JEQ | BPF_K, number, 0, steps);
    Load(LowHalfOf(argument));
    Add(BPF_ALU | BPF_AND | BPF_K, mask);
    for (const std::uint32_t value : values) If(value, listed_is_good ? kAllow : kNotPermitted);
    Return(listed_is_good ? kNotPermitted : kAllow);
  }

  void Return(std::uint32_t verdict) { Add(BPF_RET | BPF_K, verdict); }

  // The end: not permitted are these calls, sorted; allowed is every other.
  void AllowAllBut(std::span<const int> sorted) {
    const Code tree = TreeOf(sorted);
    code_.insert(code_.end(), tree.begin(), tree.end());
  }

  // False with errno when the kernel refuses.
  bool Enforce() {
    sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
  }

 private:
  using Code = std::vector<sock_filter>;

  // A tree, not a row: the kernel tries a filter with each number it has when it is set, which took five times as long in a row.
  static Code TreeOf(std::span<const int> sorted) {
    constexpr std::size_t kLeaf = 4;
    if (sorted.size() <= kLeaf) {
      Filter leaf{Code()};
      for (const int number : sorted) leaf.If(static_cast<std::uint32_t>(number), kNotPermitted);
      leaf.Return(kAllow);
      return leaf.code_;
    }
    const std::size_t half = sorted.size() / 2;
    const Code below = TreeOf(sorted.first(half)), above = TreeOf(sorted.subspan(half));
    Filter tree{Code()};
    tree.Add(BPF_JMP | BPF_JGE | BPF_K, static_cast<std::uint32_t>(sorted[half]), static_cast<std::uint8_t>(below.size()), 0);
    for (const Code* half_of_it : {&below, &above}) tree.code_.insert(tree.code_.end(), half_of_it->begin(), half_of_it->end());
    return tree.code_;
  }

  explicit Filter(Code code) : code_(std::move(code)) {}

  // What is looked at are 32-bit values, or flags of the low half; both architectures are little-endian.
  static std::uint32_t LowHalfOf(unsigned argument) {
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
  }

  void Load(std::uint32_t offset) { Add(BPF_LD | BPF_W | BPF_ABS, offset); }
  void Add(unsigned code, std::uint32_t value, std::uint8_t if_true = 0, std::uint8_t if_false = 0) {
    code_.push_back({static_cast<std::uint16_t>(code), if_true, if_false, value});
  }

  Code code_;
};

constexpr std::uint32_t kWhole = ~0U;

// What has no use in vouchd, by what it would be good for in other hands.
std::vector<int> UselessCalls() {
  std::vector<int> calls = {
      // Programs.
      SYS_execve, SYS_execveat,
      // Other processes.
      SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_process_madvise, SYS_kcmp, SYS_pidfd_getfd, SYS_pidfd_send_signal,
      SYS_kill, SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_setpriority, SYS_ioprio_set, SYS_migrate_pages,
      SYS_move_pages,
      // Namespaces and mounts.
      SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_open_tree, SYS_move_mount, SYS_fsopen,
      SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_open_by_handle_at,
      // The kernel; what io_uring does passes by every filter.
      SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_kexec_load,
      SYS_kexec_file_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_acct,
      SYS_quotactl, SYS_quotactl_fd, SYS_syslog, SYS_vhangup, SYS_fanotify_init, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_personality,
      // Being somebody else.
      SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setfsuid, SYS_setfsgid, SYS_setgroups,
      SYS_capset,
      // The machine's clock and name.
      SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex, SYS_sethostname, SYS_setdomainname,
      // Files, where Landlock does not look: what changes one without opening it for writing. (It sees truncate from Linux 6.2 on.)
      SYS_truncate, SYS_mknodat, SYS_fchown, SYS_fchownat, SYS_utimensat, SYS_setxattr, SYS_lsetxattr,
      SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr};
#ifdef __x86_64__  // what newer architectures have no more
  calls.insert(calls.end(), {SYS_fork, SYS_vfork, SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_mknod, SYS_chown, SYS_lchown,
                             SYS_utime, SYS_utimes, SYS_futimesat});
#endif
  std::sort(calls.begin(), calls.end());
  return calls;
}

// A filter cannot look behind a pointer. The C library takes the older calls where these two do not exist.
void HideWhatCannotBeLookedInto(Filter& filter) {
  filter.If(SYS_clone3, kUnknown);
  filter.If(SYS_openat2, kUnknown);
  // GLib gives the threads of its pool what the first one had, each by its own number, which no filter can know: it is the same anyway.
  // Told that it may not, it says so in the log, or keeps a thread for that.
  filter.If(SYS_sched_setattr, kDone);
}

void RefuseByArgument(Filter& filter) {
  using Argument = Filter::Argument;
  constexpr std::uint32_t kOfOthers = S_ISUID | S_ISGID | S_ISVTX | S_IRWXG | S_IRWXO;
  filter.Look(SYS_clone, 0, CLONE_THREAD, Argument::kIsOneOf, {CLONE_THREAD});
  filter.Look(SYS_tgkill, 0, kWhole, Argument::kIsOneOf, {static_cast<std::uint32_t>(getpid())});  // abort()
  // The kernel signals whom a descriptor names as its owner, with whatever F_SETSIG says.
  filter.Look(SYS_fcntl, 1, kWhole, Argument::kIsNone, {F_SETOWN, F_SETOWN_EX});
  // The terminal; the same owner; attributes of a file that need no more than a descriptor to read it.
  filter.Look(SYS_ioctl, 1, kWhole, Argument::kIsNone, {TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR});
  // Limits, of which one of processor time ends a process that is over it; and what takes the processor from one.
  for (const std::uint32_t call : {SYS_prlimit64, SYS_sched_setaffinity, SYS_sched_setparam, SYS_sched_setscheduler})
    filter.Look(call, 0, kWhole, Argument::kIsOneOf, {0, static_cast<std::uint32_t>(getpid())});
  // Emptying a file that is opened for reading: Landlock sees that from Linux 6.2 on. What is opened neither to read nor to write,
  // only to be told something (mode 3, open(2)), it never sees.
  filter.Look(SYS_openat, 2, O_ACCMODE | O_TRUNC, Argument::kIsNone, {O_RDONLY | O_TRUNC, O_ACCMODE, O_ACCMODE | O_TRUNC});
  // A file may be closed to others, not opened to them, and get no other rights than its owner's.
  filter.Look(SYS_fchmod, 1, kOfOthers, Argument::kIsOneOf, {0});
  filter.Look(SYS_fchmodat, 2, kOfOthers, Argument::kIsOneOf, {0});
#ifdef __x86_64__
  filter.Look(SYS_chmod, 1, kOfOthers, Argument::kIsOneOf, {0});
  filter.Look(SYS_open, 1, O_ACCMODE | O_TRUNC, Argument::kIsNone, {O_RDONLY | O_TRUNC, O_ACCMODE, O_ACCMODE | O_TRUNC});
#endif
  filter.Look(SYS_socket, 0, kWhole, Argument::kIsOneOf, {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK});
}

}  // namespace

bool FilterCalls(std::string& problem) {
  if (kArchitecture == 0) {
    problem += std::string(problem.empty() ? "" : "; ") + "no filter of system calls for this architecture";
    return false;
  }
  Filter filter;
  filter.IfNewer(kNewest, kUnknown);
  HideWhatCannotBeLookedInto(filter);
  RefuseByArgument(filter);
  filter.AllowAllBut(UselessCalls());
  if (filter.Enforce()) return true;
  problem += std::string(problem.empty() ? "" : "; ") + "no filter of system calls: " + std::strerror(errno);
  return false;
}

bool AllowCallsOnly(const std::vector<int>& numbers) {
  if (kArchitecture == 0) return false;
  Filter filter;
  for (const int number : numbers) filter.If(number, kAllow);
  filter.Return(kNotPermitted);
  return filter.Enforce();
}

}  // namespace vouch
