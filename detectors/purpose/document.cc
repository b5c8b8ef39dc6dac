#include "detectors/purpose/document.h"

#include <algorithm>
#include <map>

#include "detectors/purpose/extract.h"
#include "detectors/purpose/queries.h"

namespace overreach::purpose {
namespace {

constexpr std::size_t kMaxDepth = 64;

/// What a query match says, before it has a place in the tree.
struct Part {
  enum class Kind { pair, item, scalar, alias } kind;
  Node node;
};

// `|` keeps lines, `>` folds them; the indentation of the first line goes.
std::string block_text(std::string_view text) {
  const bool folded = text.starts_with(">");
  const std::size_t head = text.find('\n');
  if (head == std::string_view::npos) return {};
  text.remove_prefix(head + 1);
  const std::size_t indent = std::min(text.find_first_not_of(" \n\r"), text.size());
  const std::size_t line_start = indent == 0 ? 0 : text.substr(0, indent).rfind('\n') + 1;
  const std::size_t width = indent - line_start;
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t spaces = std::min(line.find_first_not_of(' '), line.size());
    line.remove_prefix(std::min(spaces, width));
    out.append(line).append(folded ? " " : "\n");
  }
  return out;
}

std::string scalar_text(Node node) {
  std::string_view text = node.text();
  if (node.is("block_scalar")) return block_text(text);
  if (node.is("double_quote_scalar") && text.size() >= 2) return unescape(text.substr(1, text.size() - 2));
  if (node.is("single_quote_scalar") && text.size() >= 2) {
    std::string out;
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\'' && i + 1 < text.size()) ++i;
      out += text[i];
    }
    return out;
  }
  return std::string(text);
}

std::vector<Part> parts_of(const std::vector<Match>& matches) {
  std::vector<Part> parts;
  for (const Match& match : matches) {
    if (const Node pair = match.get("pair"); pair.exists()) parts.push_back({Part::Kind::pair, pair});
    if (const Node item = match.get("item"); item.exists()) parts.push_back({Part::Kind::item, item});
    if (const Node scalar = match.get("scalar"); scalar.exists()) parts.push_back({Part::Kind::scalar, scalar});
    if (const Node alias = match.get("alias"); alias.exists()) parts.push_back({Part::Kind::alias, alias});
  }
  // Outer before inner: earlier begin, then later end, then pair and item before the scalar they hold.
  std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
    if (a.node.begin() != b.node.begin()) return a.node.begin() < b.node.begin();
    if (a.node.end() != b.node.end()) return a.node.end() > b.node.end();
    return a.kind < b.kind;
  });
  return parts;
}

/// Hangs parts into the tree by their spans, without recursion.
class Builder {
 public:
  explicit Builder(Document& root) { stack_.push_back({&root, UINT32_MAX}); }

  void add(const Part& part) {
    const std::uint32_t begin = part.node.begin(), end = part.node.end();
    while (stack_.size() > 1 && stack_.back().end <= begin) stack_.pop_back();
    while (too_deep_until_ != 0 && begin >= too_deep_until_) too_deep_until_ = 0;
    if (begin < key_end_ || too_deep_until_ != 0) return;  // inside a key, or below the bound
    Document* parent = stack_.back().node;
    Document* self = parent;
    if (part.kind == Part::Kind::pair) {
      const Node key = part.node.field("key");
      key_end_ = key.exists() ? key.end() : begin;
      parent->members.emplace_back(key_text(key), Document());
      self = &parent->members.back().second;
    } else if (part.kind == Part::Kind::item) {
      self = &parent->items.emplace_back();
    } else if (parent->text.empty() && parent->members.empty() && parent->items.empty()) {
      parent->text = part.kind == Part::Kind::scalar ? scalar_text(part.node) : std::string(part.node.text());
      parent->block = part.node.is("block_scalar");
    } else {
      return;
    }
    self->line = part.node.line();
    self->offset = begin;
    if (part.kind != Part::Kind::pair && part.kind != Part::Kind::item) return;
    stack_.push_back({self, end});
    if (stack_.size() > kMaxDepth) too_deep_until_ = end;
  }

 private:
  struct Open {
    Document* node;
    std::uint32_t end;
  };
  static std::string key_text(Node key) {
    const std::string_view text = key.text();
    const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'');
    return quoted ? unescape(text.substr(1, text.size() - 2)) : std::string(text);
  }
  std::vector<Open> stack_;
  std::uint32_t key_end_ = 0;
  std::uint32_t too_deep_until_ = 0;
};

}  // namespace

const Document* Document::member(std::string_view key) const {
  for (const auto& [name, value] : members)
    if (name == key) return &value;
  return nullptr;
}

std::string_view Document::text_of(std::string_view key) const {
  const Document* value = member(key);
  return value == nullptr ? std::string_view() : std::string_view(value->text);
}

Result<Document> read_document(std::string_view source) {
  const Grammar& rules = grammar("yaml");
  const Result<Syntax> syntax = Syntax::parse(rules.language, source);
  if (!syntax) return tl::unexpected(syntax.error());
  Document root;
  Builder builder(root);
  for (const Part& part : parts_of(rules.query.matches(*syntax))) builder.add(part);
  return root;
}

}  // namespace overreach::purpose
