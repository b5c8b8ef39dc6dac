#include "detectors/purpose/syntax.h"

#include <algorithm>
#include <cassert>

namespace overreach::purpose {
namespace {

constexpr std::uint64_t kParseMicros = 2'000'000;
// A query keeps unfinished matches in memory; hostile input must not make them many.
constexpr std::uint32_t kMatchLimit = 4096;
// The library's query cursor looks at all ancestors of a node: time is nodes times depth, so the depth is bounded.
constexpr std::uint32_t kMaxDepth = 1000;

using Parser = Handle<TSParser, ts_parser_delete>;
using Cursor = Handle<TSQueryCursor, ts_query_cursor_delete>;

bool too_deep(TSNode root) {
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  std::uint32_t depth = 0;
  bool deep = false, done = false;
  while (!done && !deep) {
    if (ts_tree_cursor_goto_first_child(&cursor)) {
      deep = ++depth > kMaxDepth;
      continue;
    }
    while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
      if (!ts_tree_cursor_goto_parent(&cursor)) {
        done = true;
        break;
      }
      --depth;
    }
  }
  ts_tree_cursor_delete(&cursor);
  return deep;
}

}  // namespace

Node Node::field(std::string_view name) const {
  if (!exists()) return Node();
  return Node(ts_node_child_by_field_name(node_, name.data(), static_cast<std::uint32_t>(name.size())), source_);
}

// A cursor walks siblings in linear time; ts_node_named_child(i) in a loop would be quadratic.
std::vector<Node> Node::children(std::size_t limit) const {
  std::vector<Node> out;
  if (!exists()) return out;
  TSTreeCursor cursor = ts_tree_cursor_new(node_);
  for (bool more = ts_tree_cursor_goto_first_child(&cursor); more && out.size() < limit;
       more = ts_tree_cursor_goto_next_sibling(&cursor)) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    if (ts_node_is_named(node)) out.emplace_back(node, source_);
  }
  ts_tree_cursor_delete(&cursor);
  return out;
}

Result<Syntax> Syntax::parse(const TSLanguage* language, std::string_view source) {
  const Parser parser(ts_parser_new());
  if (!ts_parser_set_language(parser.get(), language))
    return fail(Error::Kind::malformed, "the grammar does not fit the tree-sitter library");
  ts_parser_set_timeout_micros(parser.get(), kParseMicros);
  Tree tree(ts_parser_parse_string(parser.get(), nullptr, source.data(), static_cast<std::uint32_t>(source.size())));
  if (!tree) return fail(Error::Kind::limit, "parsing took longer than 2 s");
  if (too_deep(ts_tree_root_node(tree.get()))) return fail(Error::Kind::limit, "it is nested deeper than 1000 levels");
  return Syntax(std::move(tree), source);
}

Node Match::get(std::string_view name) const {
  for (const auto& [capture, node] : captures)
    if (capture == name) return node;
  return Node();
}

std::string Query::check(const TSLanguage* language, std::string_view text) {
  std::uint32_t offset = 0;
  TSQueryError error = TSQueryErrorNone;
  const Handle<TSQuery, ts_query_delete> query(
      ts_query_new(language, text.data(), static_cast<std::uint32_t>(text.size()), &offset, &error));
  if (query) return {};
  return "query error " + std::to_string(error) + " near: " + std::string(text.substr(offset, 40));
}

Query::Query(const TSLanguage* language, std::string_view text) {
  std::uint32_t offset = 0;
  TSQueryError error = TSQueryErrorNone;
  query_.reset(ts_query_new(language, text.data(), static_cast<std::uint32_t>(text.size()), &offset, &error));
  assert(query_ && "an embedded query does not compile; Query::check says where");
}

std::vector<Match> Query::matches(const Syntax& syntax) const {
  std::vector<Match> out;
  const Cursor cursor(ts_query_cursor_new());
  ts_query_cursor_set_match_limit(cursor.get(), kMatchLimit);
  // One statement after the other: the cursor looks at all siblings of a node, which is quadratic in a long file.
  std::vector<Node> roots = syntax.root().children(SIZE_MAX);
  if (roots.empty()) roots.push_back(syntax.root());
  for (const Node& root : roots) {
    ts_query_cursor_exec(cursor.get(), query_.get(), root.raw());
    TSQueryMatch found;
    while (ts_query_cursor_next_match(cursor.get(), &found)) {
      Match match;
      for (std::uint16_t i = 0; i < found.capture_count; ++i) {
        std::uint32_t length = 0;
        const char* name = ts_query_capture_name_for_id(query_.get(), found.captures[i].index, &length);
        match.captures.emplace_back(std::string_view(name, length), Node(found.captures[i].node, syntax.source()));
      }
      if (!match.captures.empty()) out.push_back(std::move(match));
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Match& a, const Match& b) {
    return a.captures.front().second.begin() < b.captures.front().second.begin();
  });
  return out;
}

}  // namespace overreach::purpose
