// Changes a YAML text by splicing lines: what is not named in the change stays byte for byte, comments, order and
// quotes included. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "yaml_tree.h"

namespace vouch {

// What is to become of one node.
struct YamlChange {
  enum class Kind {
    kSet,      // it becomes `value`
    kRemove,   // it goes, with its key
    kMembers,  // a map: each of `parts` by its key; made when missing
    kEntries,  // a list of maps: each of `parts` by the entry's `name`; made when missing
  };
  struct Part;
  using Parts = std::vector<Part>;

  static YamlChange Set(YamlNode value);
  static YamlChange Set(std::string text);
  static YamlChange Remove();
  static YamlChange Members(Parts parts);
  static YamlChange Entries(Parts parts);

  Kind kind;
  YamlNode value;
  Parts parts;
};

struct YamlChange::Part {
  std::string name;  // the key, or the entry's name
  YamlChange change;
};

// `text`, which reads as `root`, with `change` (kMembers of the top level). The same text when nothing changes. A flow
// list or map on the way to a change is written anew in block style, a missing or null one is made. The result has been
// read back and means exactly the change and nothing else. REASON_CONFIGURATION, with the line, for what ReadYaml
// refuses, a node of another kind than the change needs, a key or a name that is there twice, and an anchor, alias or
// tag in what would be rewritten.
std::string EditYaml(std::string_view text, const YamlNode& root, const YamlChange& change);

}  // namespace vouch
