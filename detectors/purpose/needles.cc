// One literal database for all words; whether a hit is a mention is decided by what stands round it.
#include "detectors/purpose/needles.h"

#include <hs/hs.h>

#include <algorithm>
#include <cctype>
#include <new>
#include <stdexcept>

namespace overreach::purpose {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 30;  // Hyperscan counts in 32 bits
constexpr std::size_t kMaxLine = 512;                 // an import further left is not looked for

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool stands_alone(std::string_view text, std::size_t at, std::string_view word) {
  const std::size_t end = at + word.size();
  const bool left = at == 0 || !is_word(text[at - 1]) || !is_word(word.front());
  const bool right = end == text.size() || !is_word(text[end]) || !is_word(word.back());
  return left && right;
}

// What is left of `at` in its line.
std::string_view before_in_line(std::string_view text, std::size_t at) {
  std::string_view before = text.substr(0, at);
  before = before.substr(before.size() - std::min(before.size(), kMaxLine));
  if (const std::size_t newline = before.rfind('\n'); newline != std::string_view::npos)
    before.remove_prefix(newline + 1);
  return before;
}

// "pkg", 'pkg/part', `import pkg`, `from pkg.part import x`, pkg::part, Pkg\Part, Pkg.part, `class X < Pkg`.
bool is_import(std::string_view text, std::size_t at, std::size_t size) {
  const std::string_view after = text.substr(std::min(at + size, text.size()), 2);
  if (after == "::" || after.starts_with('\\')) return true;
  if (after.size() == 2 && after[0] == '.' && std::isupper(static_cast<unsigned char>(text[at])) != 0 &&
      std::islower(static_cast<unsigned char>(after[1])) != 0)
    return true;
  if (at > 0 && (text[at - 1] == '"' || text[at - 1] == '\'' || text[at - 1] == '`')) return true;
  const std::string_view before = before_in_line(text, at);
  for (const std::string_view word : {"import", "from ", "require", "use ", " < "})
    if (before.find(word) != std::string_view::npos) return true;
  return false;
}

// ["pkg", …], "pkg up", "/usr/bin/pkg", "cd x && pkg", `npx pkg`, and a line of a longer string that reads `pkg up`.
bool begins_command(std::string_view text, std::size_t at, std::size_t size) {
  std::string_view before = before_in_line(text, at);
  while (!before.empty() && (before.back() == ' ' || before.back() == '\t')) before.remove_suffix(1);
  if (before.empty()) {
    const std::string_view after = text.substr(std::min(at + size, text.size()), 2);
    return after.size() == 2 && after[0] == ' ' &&
           (std::islower(static_cast<unsigned char>(after[1])) != 0 || after[1] == '-');
  }
  if (std::string_view("\"'`/\\;&|").find(before.back()) != std::string_view::npos || before.ends_with("$("))
    return true;
  const std::string_view word = before.substr(before.find_last_of(" \t\"'`") + 1);
  const std::size_t equals = word.find('=');  // CI=1 pkg up
  if (equals != 0 && equals < word.size() - 1) return true;
  if (std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) return true;
  constexpr std::string_view kWrappers[] = {"npx", "bunx", "dlx", "sudo", "exec", "env",   "yarn", "pnpm", "run",
                                            "do",  "then", "if",  "!",    "time", "xargs", "nice", "--",   "-c"};
  return std::find(std::begin(kWrappers), std::end(kWrappers), word) != std::end(kWrappers);
}

}  // namespace

std::uint32_t Needles::add(const std::string& word, Form form) {
  const auto [at, fresh] = index_.emplace(std::pair(word, form), static_cast<std::uint32_t>(forms_.size()));
  if (fresh) {
    forms_.push_back(form);
    by_word_[word].push_back(at->second);
  }
  return at->second;
}

const std::uint32_t* Needles::find(const std::string& word, Form form) const {
  const auto found = index_.find(std::pair(word, form));
  return found == index_.end() ? nullptr : &found->second;
}

void Needles::compile() {
  words_.clear();
  for (const auto& [word, needles] : by_word_) words_.emplace_back(word, &needles);
  if (words_.empty()) return;
  std::vector<const char*> text;
  std::vector<unsigned> flags(words_.size(), 0), ids;
  std::vector<std::size_t> lengths;
  for (const auto& [word, needles] : words_) {
    ids.push_back(static_cast<unsigned>(ids.size()));
    text.push_back(word.data());
    lengths.push_back(word.size());
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  const hs_error_t status =
      hs_compile_lit_multi(text.data(), flags.data(), ids.data(), lengths.data(), static_cast<unsigned>(text.size()),
                           HS_MODE_BLOCK, nullptr, &database, &error);
  if (error != nullptr) hs_free_compile_error(error);
  if (status != HS_SUCCESS) throw std::runtime_error("the words of the providers cannot be compiled");
  database_.reset(database);
}

Search::Search(const Needles& needles) : needles_(needles) {
  hs_scratch_t* raw = nullptr;
  if (needles.database_ != nullptr && hs_alloc_scratch(needles.database_.get(), &raw) != HS_SUCCESS)
    throw std::bad_alloc();
  scratch_.reset(raw);
}

std::set<std::uint32_t> Search::mentions(std::string_view text, bool is_script) {
  struct Hits {
    const Needles& needles;
    std::string_view text;
    bool is_script;
    std::set<std::uint32_t> found = {};
  } hits{needles_, text.substr(0, kPiece), is_script};
  if (needles_.database_ == nullptr || text.empty()) return {};
  const auto on_hit = [](unsigned id, unsigned long long, unsigned long long end, unsigned, void* context) {
    Hits& all = *static_cast<Hits*>(context);
    const auto& [word, needles] = all.needles.words_[id];
    const std::size_t at = static_cast<std::size_t>(end) - word.size();
    if (!stands_alone(all.text, at, word)) return 0;
    for (const std::uint32_t needle : *needles) {
      if (all.found.count(needle) != 0) continue;
      const Form form = all.needles.forms_[needle];
      if (form == Form::package && !is_import(all.text, at, word.size())) continue;
      if (form == Form::program && !all.is_script && !begins_command(all.text, at, word.size())) continue;
      all.found.insert(needle);
    }
    return 0;
  };
  hs_scan(needles_.database_.get(), hits.text.data(), static_cast<unsigned>(hits.text.size()), 0, scratch_.get(),
          on_hit, &hits);
  return std::move(hits.found);
}

}  // namespace overreach::purpose
