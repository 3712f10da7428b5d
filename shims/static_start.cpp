// Pieces of C++ start-up and of its end that the static programs do without: the linker puts these functions in their
// place (--wrap, see CMakeLists.txt; tests/unit/shims/links checks what that rests on).
//
// std::ios_base::Init: the headers of protobuf include <iostream>, so every object file would set up std::cout and its
// seven sisters with their locales: 45 us of each start, for programs that have none of them.
//
// exit and __cxa_atexit: nothing here lives until the end of the program and needs a destructor (secrets are wiped at
// the end of their scope, output goes out by write), while each of forty object files of protobuf and libstdc++
// registers some. So none is noted and none is run: 15 to 25 us of each start.
//
// std::locale, __terminate_handler and __fxprintf: each is there for a text that no shim prints (a stream, the name of
// an exception that nobody caught, an assertion that failed in wide characters) and drags in tables of pointers. The
// program is position independent, so each start writes each pointer anew: half of them, 15 us, were for these.
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace {

[[noreturn]] void Die() {
  constexpr std::string_view kText = "vouch: a check inside the program failed\n";
  static_cast<void>(!write(STDERR_FILENO, kText.data(), kText.size()));
  std::abort();
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): --wrap dictates the names.
extern "C" {

void __wrap__ZNSt8ios_base4InitC1Ev(void* init);
void __wrap__ZNSt8ios_base4InitD1Ev(void* init);
int __wrap___cxa_atexit(void (*function)(void*), void* argument, void* library);
[[noreturn]] void __wrap_exit(int code);
void __wrap__ZNSt6localeC1Ev(void* locale);
void __wrap__ZNSt6localeD1Ev(void* locale);
const void* __wrap__ZNSt6locale7classicEv();
int __wrap___fxprintf(void* stream, const char* format, ...);

void __wrap__ZNSt8ios_base4InitC1Ev(void* /*init*/) {}
void __wrap__ZNSt8ios_base4InitD1Ev(void* /*init*/) {}
int __wrap___cxa_atexit(void (* /*function*/)(void*), void* /*argument*/, void* /*library*/) { return 0; }
void __wrap_exit(int code) { _exit(code); }

void __wrap__ZNSt6localeC1Ev(void* /*locale*/) { Die(); }
void __wrap__ZNSt6localeD1Ev(void* /*locale*/) { Die(); }
const void* __wrap__ZNSt6locale7classicEv() { Die(); }
// Of glibc: what it says before it aborts, to `stream`.
int __wrap___fxprintf(void* /*stream*/, const char* /*format*/, ...) { Die(); }
}

namespace __cxxabiv1 {
// Of libstdc++, which has it in an object file of its own, to be replaced.
extern void (*__terminate_handler)();
void (*__terminate_handler)() = Die;
}  // namespace __cxxabiv1
// NOLINTEND(bugprone-reserved-identifier)
