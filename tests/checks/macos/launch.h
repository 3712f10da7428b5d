// launch_activate_socket(3) of macOS; see libproc.h beside this file.
#pragma once

#include <cstddef>

extern "C" int launch_activate_socket(const char* name, int** fds, std::size_t* count);
