// free and realloc of the whole process, the libraries' included, that wipe what they give back: libcurl, OpenSSL, nghttp2,
// Protobuf, GLib and the containers of C++ all pass secrets through memory that none of them wipes. M_PERTURB (mallopt(3)) is
// not enough for that: glibc overwrites nothing in a block that goes to the cache of its thread (tcache), and that is where
// most blocks go.
//
// Linked as an object into a program, where it takes precedence over libc's (glibc manual, "Replacing malloc"; the other
// functions stay libc's). Not with the sanitizers, which have an allocator of their own.
#include <malloc.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

// NOLINTBEGIN(bugprone-reserved-identifier): glibc's names, exported since 2.2.5 for such replacements.
extern "C" {
void __libc_free(void* block);
void* __libc_realloc(void* block, std::size_t size);

void free(void* block) noexcept {
  if (block == nullptr) return;
  explicit_bzero(block, malloc_usable_size(block));  // all that anybody may have written, more than was asked for
  __libc_free(block);
}

// glibc's own would move the bytes and leave them where they were, or give the end of a block back unwiped.
void* realloc(void* block, std::size_t size) noexcept {
  if (block == nullptr) return malloc(size);
  if (size == 0) {
    free(block);
    return nullptr;
  }
  const std::size_t room = malloc_usable_size(block);
  if (size <= room) {
    explicit_bzero(static_cast<char*>(block) + size, room - size);
    return __libc_realloc(block, size);
  }
  void* const larger = malloc(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, block, room);
  free(block);
  return larger;
}
}
// NOLINTEND(bugprone-reserved-identifier)
