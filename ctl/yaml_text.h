// YAML text without a tree: how a scalar or a block is written, and where in a text a node ends. Used by yaml_edit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yaml_tree.h"

namespace vouch {

// The code point that begins `text`, which is not empty and which it is cut from; none for what is not UTF-8.
std::optional<std::uint32_t> TakeCodePoint(std::string_view& text);

// Control characters, line breaks of YAML 1.1, byte order marks and what YAML does not call printable.
bool NeedsEscape(std::uint32_t code);

// Whether YAML 1.1 or 1.2 could read the bare `text` as anything but this string: yes, null, 0x1F, 1_000, a date, "a:
// b".
bool NeedsQuotes(std::string_view text);

// `text` as a scalar on one line, in double quotes where it needs them. REASON_CONFIGURATION when it is not UTF-8.
std::string FormatYamlString(std::string_view text);

// Lines, without line ends, that say `node` (a map or a list) in block style. REASON_CONFIGURATION for anchors,
// aliases, explicit tags and keys that are no scalars.
std::vector<std::string> FormatYamlBlock(const YamlNode& node, std::size_t column);

// The same for one member of a map at `column`; the first line begins with the key.
std::vector<std::string> FormatYamlMember(const std::string& key, const YamlNode& value, std::size_t column);

// What stands behind "key:" on the same line, with its space: a scalar, null, [] or {}. Empty for what needs lines.
std::string FormatYamlInline(const YamlNode& node);

// Offsets behind the last character of a node, resp. behind the colon of a key, in the text that it was read from.
// `column` is that of the block that holds it. REASON_CONFIGURATION, with the line, for forms too rare to edit.
std::size_t EndOfYaml(std::string_view text, const YamlNode& node, std::size_t column);
std::size_t EndOfYamlKey(std::string_view text, const YamlNode& key);

// The comments, from # to the end of the line, in the brackets of a flow list or map.
std::vector<std::string> CommentsIn(std::string_view text, const YamlNode& flow);

// The offset of the line that holds `offset`, of the line after it, and of `offset` in its line.
std::size_t LineBegin(std::string_view text, std::size_t offset);
std::size_t NextLine(std::string_view text, std::size_t offset);
std::size_t ColumnOf(std::string_view text, std::size_t offset);

}  // namespace vouch
