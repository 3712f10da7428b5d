// YAML as a tree that knows where in the text each node begins. Used by yaml_edit and kubeconfig, which change a file
// by splicing lines and therefore need both what it means and where that is written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vouch {

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap, kAlias };
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  Kind kind = Kind::kNull;
  bool flow = false;               // a list or map in brackets
  bool plain = true;               // a scalar without quotes, which may mean a number, a boolean...
  std::string tag;                 // explicit ones only
  std::size_t anchor = 0;          // its own, or the one that an alias means; 0 is none
  std::string text;                // of a scalar
  std::size_t begin = kNowhere;    // offset; kNowhere for a null that nobody wrote and for nodes that we made
  std::vector<YamlNode> children;  // a map's keys and values in turn

  bool IsMap() const { return kind == Kind::kMap; }
  bool IsList() const { return kind == Kind::kList; }
  bool IsNull() const { return kind == Kind::kNull; }
  bool IsScalar() const { return kind == Kind::kScalar; }
  bool IsBlock() const { return (IsMap() || IsList()) && !flow; }

  // The value of `key` in a map, the last of several; null without, or when this is not a map.
  const YamlNode* Find(std::string_view key) const;
  YamlNode* Find(std::string_view key);
  // The text of the scalar `key`, else "".
  std::string_view TextOf(std::string_view key) const;
  // Appends to a map.
  void Add(std::string key, YamlNode value);
};

YamlNode YamlString(std::string text);
YamlNode YamlList(const std::vector<std::string>& texts);
YamlNode YamlMap();

// Whether it or anything in it has an anchor or an explicit tag, or is an alias.
bool HasAnchorAliasOrTag(const YamlNode& node);

// The same document: kinds, texts, order of members, anchors. Not compared: layout, and quotes that change no meaning.
bool SameYaml(const YamlNode& one, const YamlNode& other);

// The one document in `text`; null for a text without any. REASON_CONFIGURATION, with the line, for what is not YAML,
// for tabs in the indentation, for control characters, for bytes that are not UTF-8 and for a second document.
YamlNode ReadYaml(std::string_view text);

// Counted from 1.
std::size_t LineOf(std::string_view text, std::size_t offset);

}  // namespace vouch
