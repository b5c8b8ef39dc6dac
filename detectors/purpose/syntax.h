// tree-sitter, as far as the language files need it. The only header that includes it.
#pragma once

#include <tree_sitter/api.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/base/handle.h"
#include "scanner/base/result.h"

namespace overreach::purpose {

/// A node of a syntax tree with the text it stands in, or nothing: then every question has an empty
/// answer, except type(), begin(), end() and line(). Copies are cheap; the Syntax must outlive it.
class Node {
 public:
  Node() = default;
  Node(TSNode node, std::string_view source) : node_(node), source_(source) {}

  bool exists() const { return !source_.empty() && !ts_node_is_null(node_); }
  std::string_view type() const { return ts_node_type(node_); }
  bool is(std::string_view type_name) const { return exists() && type() == type_name; }
  std::uint32_t begin() const { return ts_node_start_byte(node_); }
  std::uint32_t end() const { return ts_node_end_byte(node_); }
  std::uint32_t line() const { return ts_node_start_point(node_).row + 1; }
  std::string_view text() const { return exists() ? source_.substr(begin(), end() - begin()) : std::string_view(); }
  std::string_view source() const { return source_; }
  TSNode raw() const { return node_; }
  bool has_error() const { return ts_node_has_error(node_); }

  Node field(std::string_view name) const;
  /// Named children in order, at most `limit`.
  std::vector<Node> children(std::size_t limit = 4096) const;
  /// Named child; a Node that does not exist when there are fewer.
  Node child(std::uint32_t index) const { return exists() ? Node(ts_node_named_child(node_, index), source_) : Node(); }
  std::uint32_t child_count() const { return exists() ? ts_node_named_child_count(node_) : 0; }

 private:
  TSNode node_{};
  std::string_view source_;
};

/// A parsed file. `source` is borrowed.
class Syntax {
 public:
  /// Error (limit) when parsing takes longer than two seconds or the tree is deeper than 1000 levels.
  static Result<Syntax> parse(const TSLanguage* language, std::string_view source);
  Node root() const { return Node(raw_root(), source_); }
  TSNode raw_root() const { return ts_tree_root_node(tree_.get()); }
  std::string_view source() const { return source_; }

 private:
  using Tree = Handle<TSTree, ts_tree_delete>;
  Syntax(Tree tree, std::string_view source) : tree_(std::move(tree)), source_(source) {}
  Tree tree_;
  std::string_view source_;
};

/// One match of a query: the nodes of its captures by name.
struct Match {
  std::vector<std::pair<std::string_view, Node>> captures;
  Node get(std::string_view name) const;
};

/// A compiled query of rules/languages. Immutable; shared by threads.
class Query {
 public:
  /// Asserts that `text` compiles: the file is ours and embedded.
  Query(const TSLanguage* language, std::string_view text);
  /// All matches under `root`, in the order of their first byte.
  std::vector<Match> matches(const Syntax& syntax) const;
  /// What is wrong with `text`, for the test that compiles every query; empty: nothing.
  static std::string check(const TSLanguage* language, std::string_view text);

 private:
  Handle<TSQuery, ts_query_delete> query_;
};

}  // namespace overreach::purpose
