// Preloaded into vouchd by the table of faults (home.py): the wall clock and the boot clock of that process are ahead of the
// kernel's by as much as the file SHIFT_CLOCK_FILE says, two 64-bit numbers of seconds. The monotonic clock stays as it is, so that
// both together are a suspend, and the first alone is a clock that somebody has set. libfaketime cannot part the last two.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace {

struct Shift {
  volatile std::int64_t wall, boot;
};

const Shift& Read() {
  static const Shift none{};
  static const Shift* const shift = [] {
    const char* path = getenv("SHIFT_CLOCK_FILE");
    const int descriptor = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (descriptor < 0) return &none;
    void* mapped = mmap(nullptr, sizeof(Shift), PROT_READ, MAP_SHARED, descriptor, 0);
    close(descriptor);
    return mapped == MAP_FAILED ? &none : static_cast<const Shift*>(mapped);
  }();
  return *shift;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long failed = syscall(SYS_clock_gettime, clock, now);
  if (failed != 0) return -1;
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += Read().wall;
  if (clock == CLOCK_BOOTTIME) now->tv_sec += Read().boot;
  return 0;
}

int gettimeofday(timeval* __restrict now, void*) noexcept {
  timespec exact{};
  clock_gettime(CLOCK_REALTIME, &exact);
  *now = {exact.tv_sec, exact.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* into) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (into) *into = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
