// The user entries of a kubeconfig one by one: each as a kubeconfig of its own, so that a change to one costs the same
// however many there are. Used by the conversions. No I/O.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yaml_tree.h"

namespace vouch {

class KubeconfigUsers {
 public:
  // Throws REASON_CONFIGURATION, with the line, for what is not YAML.
  explicit KubeconfigUsers(std::string text);

  // "users:" with the lines of this entry and what stands between it and the next. None when it cannot be cut out: its
  // dash is on another line than what follows, or the list is in brackets, has an anchor, or has two entries of one
  // name.
  std::optional<std::string> Find(const std::string& name) const;

  // `entry` is what Find gave, edited; anything else is REASON_CONFIGURATION.
  void Replace(const std::string& name, const std::string& entry);

  // The kubeconfig with what was replaced. REASON_CONFIGURATION should it not mean that.
  std::string Text() const;

 private:
  struct Entry {
    std::size_t begin, end;  // its lines
    std::size_t index;       // in the list
    std::optional<std::string> replaced_by;
  };

  void CutOut(const YamlNode& list, std::size_t end);

  std::string text_;
  YamlNode root_;
  std::string head_;  // "users:" and its line end
  std::map<std::string, Entry> entries_;
};

}  // namespace vouch
