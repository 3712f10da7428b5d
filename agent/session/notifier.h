// Where notices go that nobody asked for, and questions. One of the five interfaces of the process. Used by session/notices and
// server/confirmations.
#pragma once

#include <functional>
#include <optional>
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

// Nothing is thrown: a desktop that is not there, or that does not answer, is logged once.
class Notifier {
 public:
  using Answer = std::function<void(std::optional<bool> allowed)>;

  virtual ~Notifier() = default;

  // Whether there may be somebody to tell. Cheap, any thread.
  virtual bool available() const = 0;

  // Shows `notice` in the place of what was shown under the same key. This and the next are called by one worker at a time; a call
  // takes at most a second or so.
  virtual void Show(const std::string& key, const Notice& notice) = 0;

  // Takes away what was shown under `key`, if anything.
  virtual void Withdraw(const std::string& key) = 0;

  // Shows a question until it is answered or taken back, with a button for yes and one for no where the desktop has buttons; any
  // thread, returns at once. `answered` is called at most once, on another thread: nullopt when the person has closed it, or when
  // there is no desktop to ask on. Nobody is called any more when this object is gone.
  virtual void Ask(const std::string& key, const Notice& question, Answer answered) = 0;

  // Takes away what Ask has shown under `key`, if anything; any thread, returns at once. An answer that is on its way may still come.
  virtual void TakeBack(const std::string& key) = 0;
};

}  // namespace vouch
