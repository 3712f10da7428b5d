// Whether this build has AddressSanitizer or ThreadSanitizer. They start programs, trace and write where vouchd must not, so it
// is the one thing that switches the confinement off.
#pragma once

namespace vouch {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace vouch
