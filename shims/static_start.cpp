// Pieces of C++ start-up and of its end that the static programs do without: the linker puts these functions in their
// place (--wrap, see CMakeLists.txt; tests/unit/shims/links checks what that rests on).
//
// std::ios_base::Init: the headers of protobuf include <iostream>, so every object file would set up std::cout and its
// seven sisters with their locales: 45 us of each start, for programs that have none of them.
//
// __register_frame_info: crtbeginT.o registers the unwind tables of a static program as one unsorted list, which the
// first throw sorts: 1 ms of each failure. Without it the unwinder searches the sorted table that --eh-frame-hdr makes,
// as in a dynamic program.
//
// exit and __cxa_atexit: nothing here lives until the end of the program and needs a destructor (secrets are wiped at
// the end of their scope, output goes out by write), while each of forty object files of protobuf and libstdc++
// registers some. So none is noted and none is run: 15 to 25 us of each start.
#include <unistd.h>

// NOLINTBEGIN(bugprone-reserved-identifier): --wrap dictates the names.
extern "C" {

void __wrap__ZNSt8ios_base4InitC1Ev(void* init);
void __wrap__ZNSt8ios_base4InitD1Ev(void* init);
void __wrap___register_frame_info(const void* begin, void* object);
void* __wrap___deregister_frame_info(const void* begin);
int __wrap___cxa_atexit(void (*function)(void*), void* argument, void* library);
[[noreturn]] void __wrap_exit(int code);

void __wrap__ZNSt8ios_base4InitC1Ev(void* /*init*/) {}
void __wrap__ZNSt8ios_base4InitD1Ev(void* /*init*/) {}
void __wrap___register_frame_info(const void* /*begin*/, void* /*object*/) {}
void* __wrap___deregister_frame_info(const void* /*begin*/) { return nullptr; }
int __wrap___cxa_atexit(void (*/*function*/)(void*), void* /*argument*/, void* /*library*/) { return 0; }
void __wrap_exit(int code) { _exit(code); }
}
// NOLINTEND(bugprone-reserved-identifier)
