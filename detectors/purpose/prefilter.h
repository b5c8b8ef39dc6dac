// Which files are worth parsing: those that mention something a token could be used by.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/model/token.h"
#include "detectors/purpose/facts.h"
#include "detectors/purpose/purpose.h"
#include "rules/catalog/provider.h"

namespace overreach::purpose {

/// A file that was read, its facts, and what it mentions.
struct LoadedFile {
  FileFacts facts;
  std::string source;
  std::set<std::uint32_t> mentions;  // indexes into Needles::words
};

/// The words that are looked for. Indexes are stable.
struct Needles {
  std::vector<std::string> words;
  std::map<std::string, std::uint32_t, std::less<>> index;

  std::uint32_t add(const std::string& word);
  /// The needles that stand in `text` as whole words.
  std::set<std::uint32_t> find(std::string_view text) const;
};

/// Names of a token: what it is assigned to at its sites.
std::vector<std::string> names_of(const Token& token);
/// Hosts, programs, packages and variables of a provider.
std::vector<std::string> words_of(const Provider& provider);

/// Reads the code base with `workers` threads and parses the files that mention a needle, hold a token, or import
/// a file that does. Sorted by path, the same for any number of threads.
std::vector<LoadedFile> load_files(const CodeBase& code, std::span<const Token> tokens, const Needles& needles,
                                   unsigned workers);

/// Vendored and generated code: a definition there is no use.
bool is_vendored(std::string_view path);
/// Tests, examples and documents show what they need, not what the product needs.
bool is_aside(std::string_view path);

}  // namespace overreach::purpose
