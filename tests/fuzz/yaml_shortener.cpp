// Our tree of a kubeconfig, read from a shortened text, is what yaml-cpp says of the whole text: the same nodes with the same words at
// the same places.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <optional>
#include <sstream>

#include "error.h"
#include "fuzz.h"
#include "yaml_tree.h"

namespace {

using vouch::YamlNode;
using vouch::fuzz::Promise;

// A document as one text: kind, tag, anchor and words of each node in its order, and where it begins.
class Telling : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t anchor) override { Tell('0', "", anchor, ""); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { Tell('*', "", anchor, "", mark.pos); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    Tell(tag == "?" ? 'p' : 's', tag, anchor, value, mark.pos);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Tell('[', tag, anchor, "", mark.pos);
  }
  void OnSequenceEnd() override { told += "]"; }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Tell('{', tag, anchor, "", mark.pos);
  }
  void OnMapEnd() override { told += "}"; }

  void Tell(char kind, const std::string& tag, std::size_t anchor, const std::string& words, int at = -1) {
    told += kind;
    if (tag != "?" && tag != "!") told += tag;
    told += "&" + std::to_string(anchor) + "@" + std::to_string(at) + ":" + std::to_string(words.size()) + ":" + words;
  }

  std::string told;
};

void TellNode(const YamlNode& node, int shift, Telling& telling) {
  const int at = static_cast<int>(node.begin) - shift;
  switch (node.kind) {
    case YamlNode::Kind::kNull: return telling.Tell('0', node.tag, node.anchor, "");
    case YamlNode::Kind::kAlias: return telling.Tell('*', "", node.anchor, "", at);
    case YamlNode::Kind::kScalar: return telling.Tell(node.plain ? 'p' : 's', node.tag, node.anchor, node.text, at);
    case YamlNode::Kind::kList:
    case YamlNode::Kind::kMap: break;
  }
  telling.Tell(node.IsMap() ? '{' : '[', node.tag, node.anchor, "", at);
  for (const YamlNode& child : node.children) TellNode(child, shift, telling);
  telling.told += node.IsMap() ? "}" : "]";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(vouch::fuzz::TextOf(data, size));
  std::optional<YamlNode> root;
  try {
    root = vouch::ReadYaml(text);
  } catch (const vouch::Error& error) {
    Promise(error.reason() == vouch::REASON_CONFIGURATION, "what is refused is said to be wrongly set");
    return 0;
  }
  Telling ours, yaml_cpp;
  TellNode(*root, text.starts_with("\xEF\xBB\xBF") ? 3 : 0, ours);
  std::istringstream stream(text);
  try {
    YAML::Parser(stream).HandleNextDocument(yaml_cpp);
  } catch (const YAML::Exception&) {
    Promise(false, "what yaml-cpp refuses is refused");
  }
  if (!yaml_cpp.told.empty()) Promise(ours.told == yaml_cpp.told, "the tree is the one that yaml-cpp reads");
  return 0;
}
