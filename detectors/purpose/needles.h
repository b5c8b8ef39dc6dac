// Words that are looked for in files: all of them in one pass over the bytes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/match/literals.h"

namespace overreach::purpose {

/// How a word must stand to be a mention.
enum class Form : std::uint8_t {
  name,     // the name of a token, anywhere as a whole word
  local,    // the same, but it is a variable of a program: other programs that have one like it mean their own
  word,     // a host, variable or action, as a whole word
  package,  // quoted, or behind `import`, `from` or `require` in its line
  program,  // a whole word; in a program, where a command could begin
};

/// The words and what they are. Indexes are stable.
class Needles {
 public:
  std::uint32_t add(const std::string& word, Form form);
  bool empty() const { return forms_.empty(); }
  Form form(std::uint32_t needle) const { return forms_[needle]; }
  /// Index of a needle that was added; nullptr when there is none.
  const std::uint32_t* find(const std::string& word, Form form) const;

  /// Must be called after the last add() and before a Search is made. Throws std::bad_alloc.
  void compile();

 private:
  friend class Search;
  std::map<std::pair<std::string, Form>, std::uint32_t> index_;
  std::vector<Form> forms_;
  std::map<std::string, std::vector<std::uint32_t>> by_word_;
  std::vector<std::pair<std::string_view, const std::vector<std::uint32_t>*>> words_;
  Database database_;
};

/// Looks for needles; one for each thread. The Needles must outlive it.
class Search {
 public:
  explicit Search(const Needles& needles);
  /// The needles that are mentioned in `text`. `is_script`: commands stand in it as they are, not in strings.
  std::set<std::uint32_t> mentions(std::string_view text, bool is_script);

 private:
  const Needles& needles_;
  HsScratch scratch_;
};

}  // namespace overreach::purpose
