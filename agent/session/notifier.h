// Where notices go that nobody asked for. One of the five interfaces of the process. Used by session/notices.
#pragma once

#include <string>

namespace vouch {

// Plain UTF-8, one line each, no secret.
struct Notice {
  enum class Urgency { kNormal, kCritical };

  std::string title;
  std::string body;
  std::string category;  // freedesktop.org Desktop Notifications Specification, "Categories"; of ours: x-vouch.…
  Urgency urgency = Urgency::kNormal;
};

// Called by one worker at a time; a call takes at most a second or so. Nothing is thrown: a desktop that is not there, or that
// does not answer, is logged once.
class Notifier {
 public:
  virtual ~Notifier() = default;

  // Whether there may be somebody to tell. Cheap, any thread.
  virtual bool available() const = 0;

  // Shows `notice` in the place of what was shown under the same key.
  virtual void Show(const std::string& key, const Notice& notice) = 0;

  // Takes away what was shown under `key`, if anything.
  virtual void Withdraw(const std::string& key) = 0;
};

}  // namespace vouch
