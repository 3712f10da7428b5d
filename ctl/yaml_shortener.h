// A YAML text with its long words cut short, for yaml-cpp, which takes about 100 ns for every character of a scalar: in
// a kubeconfig three quarters of all characters are certificates, ARNs and URLs. Used by yaml_tree. No I/O, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vouch {

// What is cut is the last word of a line, of characters that mean nothing to YAML wherever it stands: it becomes one
// that is nowhere in the text. So both texts have the same nodes, on the same lines.
class YamlShortener {
 public:
  // `text` must outlive this.
  explicit YamlShortener(std::string_view text);

  const std::string& text() const { return short_; }

  // Where in the whole text the character at `offset` of the short one is.
  std::size_t OffsetInWhole(std::size_t offset) const;

  // `value`, read from a scalar that begins at `offset` of the short text, as it is in the whole one.
  std::string Whole(const std::string& value, std::size_t offset) const;

 private:
  struct Word {
    std::size_t at;  // in the short text
    std::string_view whole;
    std::size_t begin;  // in the whole text
  };

  std::vector<Word>::const_iterator FirstWordFrom(std::size_t offset) const;
  void Shorten(std::string_view text);

  std::string stand_in_;
  std::string short_;
  std::vector<Word> words_;
};

}  // namespace vouch
