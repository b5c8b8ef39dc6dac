// Looking is cheap, parsing is not: every file is searched once, and those that matter are parsed, the surest first.
#include "detectors/purpose/load.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <optional>
#include <thread>
#include <unordered_map>

#include "detectors/purpose/extract.h"
#include "detectors/purpose/paths.h"

namespace overreach::purpose {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;
constexpr std::size_t kMaxParsed = 32 << 20;  // bytes of all files together
constexpr std::size_t kFew = 32;              // so few files are parsed even for a program's name alone
constexpr std::size_t kMaxHop = 200;          // files that are run by, import or are imported by those that matter
constexpr unsigned kMaxRounds = 3;

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool has_imports(std::string_view language) {
  return is_any(language, {"javascript", "typescript", "tsx", "python", "go", "terraform"}) ||
         is_found_by_name(language);
}

/// Runs `job(worker, i)` for all i < count on `workers` threads.
template <class Job>
void parallel(std::size_t count, unsigned workers, const Job& job) {
  std::atomic<std::size_t> next{0};
  const auto run = [&](unsigned worker) {
    for (std::size_t i; (i = next.fetch_add(1)) < count;) job(worker, i);
  };
  std::vector<std::thread> threads;
  for (unsigned t = 1; t < std::min<std::size_t>(std::max(workers, 1u), count); ++t) threads.emplace_back(run, t);
  run(0);
  for (std::thread& thread : threads) thread.join();
}

std::vector<Search> searches(const Needles& needles, unsigned workers) {
  std::vector<Search> out;
  for (unsigned i = 0; i < std::max(workers, 1u); ++i) out.emplace_back(needles);
  return out;
}

// "RailClient" and "rail_client" are one name.
std::string plain(std::string_view word) {
  std::string out;
  for (const char c : word)
    if (c != '_') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// What a file of a language that finds classes by name could be called by.
std::string named(std::string_view language, std::string_view word) {
  return std::string(language) + ":" + plain(word);
}

// The path as an import names it: without ending, a package by its directory. A module of Python and one of
// JavaScript are never each other's.
std::string module_path(std::string_view path) {
  if (language_of(path, "") == "terraform") return "tf:" + directory_of(path);
  if (language_of(path, "") == "go") return "go:" + directory_of(path);  // all files of a directory are one package
  std::string_view stem = path.substr(0, path.rfind('.'));
  const std::string language = language_of(path, "");
  if (is_found_by_name(language)) {
    return named(language, stem.substr(stem.rfind('/') + 1));
  }
  for (const std::string_view index : {"/index", "/__init__"})
    if (stem.ends_with(index)) stem.remove_suffix(index.size());
  return (language == "python" ? "py:" : "js:") + std::string(stem);
}

// A package's path ends like its directory; where the module begins is not known, so every ending is tried in every
// directory above the file.
void add_package(const std::string& here, std::string_view module, std::set<std::string>& out) {
  constexpr unsigned kMaxUp = 8, kMaxParts = 8;
  std::string base = here;
  for (unsigned up = 0; up < kMaxUp; ++up) {
    std::string_view rest = module;
    std::size_t slash = rest.find('/');
    for (unsigned i = 0; slash != std::string_view::npos && i < kMaxParts; ++i, slash = rest.find('/')) {
      rest.remove_prefix(slash + 1);
      out.insert("go:" + base + std::string(rest) + "/");
    }
    if (base.empty()) return;
    base = directory_of(std::string_view(base).substr(0, base.size() - 1));
  }
}

/// Where the modules that a file imports could lie, as module_path() writes it.
void add_imported(const FileFacts& facts, std::set<std::string>& out) {
  const std::string here = directory_of(facts.path);
  if (facts.language == "go") out.insert("go:" + here);
  if (facts.language == "terraform") out.insert("tf:" + here);
  for (const Import& import : facts.imports) {
    std::string module = import.module;
    if (facts.language == "go") {
      add_package(here, module, out);
      continue;
    }
    if (facts.language == "terraform") {
      const std::string inside = normal_path(here + module);
      out.insert("tf:" + inside + (inside.empty() ? "" : "/"));
      continue;
    }
    if (is_found_by_name(facts.language)) {
      std::string_view rest = module;
      for (int i = 0; i < 2 && !rest.empty(); ++i) {  // com.acme.Rail lies in Rail.java, Acme::Rail in rail.rb
        const std::size_t cut = rest.find_last_of("./");
        out.insert(named(facts.language, rest.substr(cut == std::string_view::npos ? 0 : cut + 1)));
        rest = rest.substr(0, cut == std::string_view::npos ? 0 : cut);
      }
    } else if (facts.language == "python") {
      std::string up = here;
      if (module.starts_with(".")) {
        for (module.erase(0, 1); module.starts_with("."); module.erase(0, 1)) up += "../";
      }
      std::replace(module.begin(), module.end(), '.', '/');
      for (const std::string& base : {std::string(), std::string("src/"), up}) {
        out.insert("py:" + normal_path(base + module));
        if (!import.name.empty()) out.insert("py:" + normal_path(base + module + "/" + import.name));
      }
    } else if (import.relative) {
      const bool rooted = module.starts_with("@/") || module.starts_with("~/");
      if (module.ends_with(".js")) module.resize(module.size() - 3);
      out.insert("js:" + (rooted ? "src/" + module.substr(2) : normal_path(here + module)));
    }
  }
}

// Quoted words of lines that import: `from "./x"`, `require('./x')`, `import("./x")`.
void take_quoted(std::string_view line, FileFacts& out) {
  for (std::size_t at = 0; (at = line.find_first_of("\"'`", at)) != std::string_view::npos;) {
    const std::size_t end = line.find(line[at], at + 1);
    if (end == std::string_view::npos) return;
    const std::string module(line.substr(at + 1, end - at - 1));
    out.imports.push_back(
        {"", module, "", module.starts_with(".") || module.starts_with("@/") || module.starts_with("~/")});
    at = end + 1;
  }
}

// `from a.b import (c, d)` and `import a.b, c`; `rest` begins at the line and may go on behind it.
void take_python(std::string_view rest, FileFacts& out) {
  constexpr std::string_view kSpace = " \t\n\r(,\\";
  const bool from = rest.starts_with("from ");
  const std::size_t open = rest.find('(');
  std::size_t end = rest.find('\n');
  if (from && open < end) end = rest.find(')');
  rest = rest.substr(0, end);
  std::vector<std::string> words;
  for (std::size_t at = 0; (at = rest.find_first_not_of(kSpace, at)) != std::string_view::npos;) {
    const std::size_t stop = std::min(rest.find_first_of(kSpace, at), rest.size());
    words.emplace_back(rest.substr(at, stop - at));
    at = stop;
  }
  for (std::size_t i = from ? 3 : 1; i < words.size(); ++i)
    out.imports.push_back({"", from ? words[1] : words[i], from ? words[i] : "", false});
}

// `import "a/b"` and the lines of `import ( … )`; imports come before everything else.
void take_go(std::string_view source, FileFacts& out) {
  while (!source.empty()) {
    const std::size_t end = std::min(source.find('\n'), source.size());
    const std::string_view line = source.substr(0, end);
    for (const std::string_view word : {"func ", "type ", "var ", "const "})
      if (line.starts_with(word)) return;
    const std::size_t open = line.find('"'), close = line.rfind('"');
    if (open < close && close != std::string_view::npos)
      out.imports.push_back({"", std::string(line.substr(open + 1, close - open - 1)), "", false});
    source.remove_prefix(std::min(end + 1, source.size()));
  }
}

// Every constant, and every word of a line that imports.
void take_names(std::string_view line, FileFacts& out) {
  const bool imports = line.find("use ") != std::string_view::npos || line.find("import") != std::string_view::npos ||
                       line.find("require") != std::string_view::npos;
  const auto is_word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = at;
    while (end < line.size() && is_word(static_cast<unsigned char>(line[end]))) ++end;
    const bool counts =
        imports || std::isupper(static_cast<unsigned char>(line[at])) != 0 || line.substr(end, 2) == "::";
    if (end > at && counts) out.imports.push_back({"", std::string(line.substr(at, end - at)), "", true});
    at = std::max(end, at + 1);
  }
}

/// What a file says it imports, read off its lines: good enough to tell whether it is worth parsing.
FileFacts written_imports(const std::string& path, std::string_view source) {
  FileFacts out;
  out.path = path;
  out.language = language_of(path, "");
  if (out.language == "go") {
    take_go(source, out);
    return out;
  }
  while (!source.empty()) {
    const std::size_t end = source.find('\n');
    std::string_view line = source.substr(0, end);
    if (is_found_by_name(out.language) && line.size() < 4096) take_names(line, out);
    if (!is_found_by_name(out.language) && out.language != "python" && line.size() < 4096 &&
        (line.find("from") != std::string_view::npos || line.find("import") != std::string_view::npos ||
         line.find("require") != std::string_view::npos ||
         (out.language == "terraform" && line.find("source") != std::string_view::npos)))
      take_quoted(line, out);
    if (out.language == "python") {
      const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
      line.remove_prefix(begin);
      if (line.starts_with("from ") || line.starts_with("import ")) take_python(source.substr(begin), out);
    }
    if (end == std::string_view::npos) break;
    source.remove_prefix(end + 1);
  }
  return out;
}

/// The work of load_files().
class Loader {
 public:
  Loader(const CodeBase& code, const std::vector<std::string>& paths, std::span<const Token> tokens,
         const Needles& needles, std::span<const Interest> interests, unsigned workers, Deadline deadline)
      : code_(code),
        paths_(paths),
        needles_(needles),
        interests_(interests),
        workers_(workers),
        deadline_(deadline),
        found_(paths.size()) {
    for (const Token& token : tokens)
      for (const Site& site : token.sites) holders_.insert(site.origin.path);
    named_ = std::any_of(interests.begin(), interests.end(), [](const Interest& one) { return !one.names.empty(); });
  }

  Loaded run() {
    look();
    parse(choose(), SIZE_MAX, State::left_out);
    add_run_files();
    add_importers();
    add_imports();
    return finish();
  }

 private:
  enum class State : std::uint8_t { ignored, mentions, parsed, left_out };
  struct Found {
    State state = State::ignored;
    std::string language;
    std::size_t size = 0;
    LoadedFile file;
  };

  void look();
  void look_at(std::size_t i, Search& search);
  std::vector<std::size_t> choose();
  unsigned rank(const Found& found) const;
  void parse(const std::vector<std::size_t>& files, std::size_t most, State beyond);
  void parse_one(std::size_t i);
  void add_run_files();
  void add_importers();
  void add_imports();
  Loaded finish();

  const CodeBase& code_;
  const std::vector<std::string>& paths_;
  const Needles& needles_;
  std::span<const Interest> interests_;
  unsigned workers_;
  Deadline deadline_;
  std::vector<Found> found_;
  std::set<std::string> holders_;
  std::set<std::uint32_t> reading_programs_;  // own programs whose variables are somewhere in sight
  std::atomic<bool> complete_{true};
  std::size_t bytes_ = 0;
  bool named_ = false;
};

void Loader::look_at(std::size_t i, Search& search) {
  const std::string& path = paths_[i];
  Found& found = found_[i];
  const bool holds = holders_.count(path) != 0;
  if (is_vendored(path) || (!holds && (needles_.empty() || is_prose(path) || is_never_code(path)))) return;
  // Where code is not read yet, only the credential's own name says something.
  if (!holds && !named_ && language_of(path, "").starts_with("!")) return;
  Result<std::string> bytes = code_.read(path);
  found.file.facts.path = path;
  if (!bytes) {
    if (!holds) return;
    found.state = State::parsed;
    found.file.facts.failed = true;
    found.file.facts.why = "cannot be read";
    return;
  }
  found.language = language_of(path, std::string_view(*bytes).substr(0, 128));
  if (found.language == "data" && !holds) return;
  found.file.mentions = search.mentions(*bytes, !has_imports(found.language));
  if (found.language.starts_with("!"))
    std::erase_if(found.file.mentions, [&](std::uint32_t needle) { return needles_.form(needle) > Form::local; });
  if (found.file.mentions.empty() && !holds) return;
  found.state = State::mentions;
  found.size = bytes->size();
}

void Loader::look() {
  if (needles_.empty()) {
    // Nothing is looked for: only the files that hold a credential are.
    Search search(needles_);
    for (const std::string& path : holders_)
      if (const auto at = std::lower_bound(paths_.begin(), paths_.end(), path); at != paths_.end() && *at == path)
        look_at(static_cast<std::size_t>(at - paths_.begin()), search);
    return;
  }
  std::vector<Search> search = searches(needles_, workers_);
  parallel(paths_.size(), workers_, [&](unsigned worker, std::size_t i) {
    if (is_over(deadline_))
      complete_ = false;
    else
      look_at(i, search[worker]);
  });
}

// 0: holds a credential, 1: names one, 2: mentions a provider, 3: runs a program that reads its variables, 9: no more
// than a program that acts on what it is given.
unsigned Loader::rank(const Found& found) const {
  if (holders_.count(found.file.facts.path) != 0) return 0;
  unsigned best = 9;
  for (const std::uint32_t needle : found.file.mentions) {
    const Form form = needles_.form(needle);
    const unsigned one = form == Form::name                                   ? 1u
                         : form == Form::local && has_imports(found.language) ? 9u
                         : form == Form::local                                ? 1u
                         : form == Form::word || form == Form::package        ? 2u
                         : reading_programs_.count(needle) != 0               ? 3u
                                                                              : 9u;
    best = std::min(best, one);
  }
  return best;
}

std::vector<std::size_t> Loader::choose() {
  std::set<std::uint32_t> seen;
  for (const Found& found : found_) seen.insert(found.file.mentions.begin(), found.file.mentions.end());
  for (const Interest& interest : interests_)
    if (meet(interest.variables, seen))
      reading_programs_.insert(interest.own_programs.begin(), interest.own_programs.end());
  std::vector<std::pair<unsigned, std::size_t>> ranked;
  for (std::size_t i = 0; i < found_.size(); ++i)
    if (found_[i].state == State::mentions) ranked.emplace_back(rank(found_[i]), i);
  std::sort(ranked.begin(), ranked.end());
  const auto weak = std::find_if(ranked.begin(), ranked.end(), [](const auto& one) { return one.first == 9; });
  if (static_cast<std::size_t>(ranked.end() - weak) > kFew) ranked.erase(weak, ranked.end());
  std::vector<std::size_t> out;
  for (const auto& one : ranked) out.push_back(one.second);
  return out;
}

void Loader::parse_one(std::size_t i) {
  Found& found = found_[i];
  Result<std::string> bytes = code_.read(paths_[i]);
  FileFacts& facts = found.file.facts;
  facts.path = paths_[i];
  if (!bytes) {
    facts.failed = true;
    facts.why = "cannot be read";
    return;
  }
  found.file.source = std::move(*bytes);
  const std::string language = language_of(paths_[i], std::string_view(found.file.source).substr(0, 128));
  if (found.file.source.size() > kMaxFile) {
    facts.language = language;
    facts.failed = language != "data" && language != "dotenv";
    facts.why = "is larger than 1 MiB";
    found.file.source.resize(kMaxFile);
    return;
  }
  facts = extract(paths_[i], found.file.source);
}

// In the order given, until a bound is met; what lies beyond it gets the state `beyond`.
void Loader::parse(const std::vector<std::size_t>& files, std::size_t most, State beyond) {
  std::vector<std::size_t> taken;
  for (const std::size_t i : files) {
    Found& found = found_[i];
    const std::size_t size = std::min(found.size, kMaxFile);
    const bool fits = taken.size() < most && bytes_ + size <= kMaxParsed;
    if (!fits) {
      found.state = beyond;
      continue;
    }
    found.state = State::parsed;
    bytes_ += size;
    taken.push_back(i);
  }
  parallel(taken.size(), workers_, [&](unsigned, std::size_t k) {
    if (is_over(deadline_))
      found_[taken[k]].state = State::left_out;
    else
      parse_one(taken[k]);
  });
}

// Scripts and build files that a file runs or hands its environment to, when they run one of the programs.
void Loader::add_run_files() {
  std::unordered_map<std::string_view, std::size_t> candidates;
  for (std::size_t i = 0; i < found_.size(); ++i)
    if (found_[i].state == State::mentions) candidates.emplace(paths_[i], i);
  for (unsigned round = 0; round < kMaxRounds && !candidates.empty(); ++round) {
    std::set<std::size_t> next;
    const auto want = [&](const std::string& path) {
      const auto at = candidates.find(path);
      if (at != candidates.end() && found_[at->second].state == State::mentions) next.insert(at->second);
    };
    for (const Found& found : found_) {
      if (found.state != State::parsed) continue;
      const std::string here = directory_of(found.file.facts.path);
      for (const Command& command : found.file.facts.commands) {
        for (const Value& word : command.words) {
          if (word.kind != Value::Kind::text || word.text.empty() || word.text.size() > 512) continue;
          want(normal_path(here + word.text));
          want(normal_path(word.text));
        }
        if (command.words.empty() || !is_any(command.words[0].text, {"npm", "yarn", "pnpm", "bun", "make"})) continue;
        for (const char* manifest : {"package.json", "Makefile"}) {
          want(here + manifest);
          want(manifest);
        }
      }
      for (const Handover& handover : found.file.facts.handovers)
        for (const auto& [path, i] : candidates)
          if (found_[i].state == State::mentions &&
              (handover.to.ends_with('/') ? path.starts_with(handover.to) : path == handover.to))
            next.insert(i);
    }
    if (next.empty()) return;
    parse({next.begin(), next.end()}, kMaxHop, State::left_out);
  }
}

// A wrapper's callers need not mention the provider.
void Loader::add_importers() {
  Needles modules;
  std::map<std::string, std::size_t> importee;  // by the path that an import names
  bool packages = false;                        // Go's, which a file of the same directory need not import
  for (std::size_t i = 0; i < found_.size(); ++i) {
    const Found& found = found_[i];
    const FileFacts& facts = found.file.facts;
    if (found.state != State::parsed || facts.failed || !has_imports(facts.language) || rank(found) > 2) continue;
    if (facts.functions.empty() && facts.bindings.empty()) continue;
    const std::string stem = module_path(paths_[i]);
    if (facts.language == "go" || facts.language == "terraform") {
      importee.emplace(stem, i);
      packages = true;
      continue;
    }
    const std::string word = stem.substr(stem.find_last_of("/:") + 1);
    if (word.size() < 2) continue;
    modules.add(word, Form::package);
    importee.emplace(stem, i);
    if (!is_found_by_name(facts.language)) continue;
    for (const Function& c : facts.classes) {
      if (c.name.size() < 2) continue;
      modules.add(c.name, Form::word);
      importee.emplace(named(facts.language, c.name), i);
    }
  }
  if (modules.empty() && !packages) return;
  modules.compile();
  std::vector<std::size_t> rest;
  for (std::size_t i = 0; i < paths_.size(); ++i)
    if ((found_[i].state == State::ignored || found_[i].state == State::mentions) && !is_vendored(paths_[i]) &&
        has_imports(language_of(paths_[i], "")))
      rest.push_back(i);
  std::vector<Search> search = searches(modules, workers_);
  std::vector<std::vector<std::size_t>> imported(rest.size());
  parallel(rest.size(), workers_, [&](unsigned worker, std::size_t k) {
    if (is_over(deadline_)) {
      complete_ = false;
      return;
    }
    Result<std::string> bytes = code_.read(paths_[rest[k]]);
    if (!bytes) return;
    found_[rest[k]].size = bytes->size();
    const std::string language = language_of(paths_[rest[k]], "");
    if (language == "go" || language == "terraform" ? !packages : search[worker].mentions(*bytes, false).empty())
      return;
    std::set<std::string> wanted;
    add_imported(written_imports(paths_[rest[k]], *bytes), wanted);
    for (const std::string& path : wanted)
      if (const auto at = importee.find(path); at != importee.end()) imported[k].push_back(at->second);
  });
  std::vector<std::size_t> importers;
  for (std::size_t k = 0; k < rest.size(); ++k)
    if (!imported[k].empty()) importers.push_back(rest[k]);
  parse(importers, kMaxHop, State::left_out);
  // One that is left out counts for whatever its module counts for.
  for (std::size_t k = 0; k < rest.size(); ++k) {
    if (found_[rest[k]].state != State::left_out) continue;
    for (const std::size_t i : imported[k])
      found_[rest[k]].file.mentions.insert(found_[i].file.mentions.begin(), found_[i].file.mentions.end());
  }
}

// Constants, settings and clients that are imported need not mention the provider either.
void Loader::add_imports() {
  std::set<std::string> wanted;
  for (const Found& found : found_)
    if (found.state == State::parsed) add_imported(found.file.facts, wanted);
  if (wanted.empty()) return;
  std::vector<std::size_t> files;
  for (std::size_t i = 0; i < paths_.size(); ++i)
    if ((found_[i].state == State::ignored || found_[i].state == State::mentions) && !is_vendored(paths_[i]) &&
        has_imports(language_of(paths_[i], "")) && wanted.count(module_path(paths_[i])) != 0)
      files.push_back(i);
  parse(files, kMaxHop, State::ignored);
}

Loaded Loader::finish() {
  Loaded out;
  out.complete = complete_;
  for (std::size_t i = 0; i < found_.size(); ++i) {
    Found& found = found_[i];
    if (found.state != State::parsed && found.state != State::left_out) continue;
    if (found.state == State::left_out) {
      found.file.left_out = true;
      found.file.facts = FileFacts();
      found.file.facts.path = paths_[i];
      found.file.facts.language = found.language;
      found.file.facts.failed = true;
      found.file.facts.why = "more code mentions it than is read";
    }
    out.files.push_back(std::move(found.file));
  }
  return out;
}

}  // namespace

Loaded load_files(const CodeBase& code, const std::vector<std::string>& paths, std::span<const Token> tokens,
                  const Needles& needles, std::span<const Interest> interests, unsigned workers, Deadline deadline) {
  return Loader(code, paths, tokens, needles, interests, workers, deadline).run();
}

}  // namespace overreach::purpose
