#include "detectors/purpose/prefilter.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <optional>
#include <thread>

#include "detectors/purpose/extract.h"

namespace overreach::purpose {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;
constexpr std::size_t kMaxImporters = 4000;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool stands_in(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool left = at == 0 || !is_word(text[at - 1]) || !is_word(word.front());
    const bool right = end == text.size() || !is_word(text[end]) || !is_word(word.back());
    if (left && right) return true;
  }
  return false;
}

// Text that holds neither code nor variables: mentions there say nothing about use.
bool is_prose(std::string_view path) {
  return path.ends_with(".md") || path.ends_with(".rst") || path.ends_with(".txt") || path.ends_with(".adoc") ||
         path.ends_with(".html") || path.ends_with(".lock") || path.ends_with(".svg") ||
         path.ends_with("package-lock.json") || path.ends_with(".csv") || path.ends_with(".log");
}

std::optional<LoadedFile> load(const CodeBase& code, const std::string& path, const Needles& needles, bool holds_token,
                               bool always) {
  if (is_vendored(path) || (is_prose(path) && !holds_token)) return std::nullopt;
  Result<std::string> bytes = code.read(path);
  LoadedFile out;
  out.facts.path = path;
  if (!bytes) {
    if (!holds_token) return std::nullopt;
    out.facts.failed = true;
    out.facts.why = "cannot be read";
    return out;
  }
  out.source = std::move(*bytes);
  const std::string language = language_of(path, std::string_view(out.source).substr(0, 128));
  if (language == "data" && !holds_token) return std::nullopt;
  out.mentions = needles.find(out.source);
  if (out.mentions.empty() && !holds_token && !always) return std::nullopt;
  if (out.source.size() > kMaxFile) {
    out.facts.language = language;
    out.facts.failed = language != "data" && language != "dotenv";
    out.facts.why = "is larger than 1 MiB";
    out.source.resize(kMaxFile);
    return out;
  }
  out.facts = extract(path, out.source);
  return out;
}

/// Runs `job(i)` for all i < count on `workers` threads.
template <class Job>
void parallel(std::size_t count, unsigned workers, const Job& job) {
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    for (std::size_t i; (i = next.fetch_add(1)) < count;) job(i);
  };
  std::vector<std::thread> threads;
  for (unsigned t = 1; t < std::min<std::size_t>(std::max(workers, 1u), count); ++t) threads.emplace_back(run);
  run();
  for (std::thread& thread : threads) thread.join();
}

// "lib/railway.ts" is imported as ".../railway"; index files by their directory.
std::string import_word(std::string_view path) {
  std::string_view stem = path.substr(0, path.rfind('.'));
  for (const std::string_view index : {"/index", "/__init__"})
    if (stem.ends_with(index)) stem.remove_suffix(index.size());
  return std::string(stem.substr(stem.rfind('/') + 1));
}

// The path as an import names it: without ending, a package by its directory.
std::string module_path(std::string_view path) {
  std::string_view stem = path.substr(0, path.rfind('.'));
  for (const std::string_view index : {"/index", "/__init__"})
    if (stem.ends_with(index)) stem.remove_suffix(index.size());
  return std::string(stem);
}

// What those files import: constants, settings and clients that need not mention the provider either.
void load_imported(const CodeBase& code, const std::vector<std::string>& paths, const Needles& needles,
                   unsigned workers, std::vector<std::optional<LoadedFile>>& found) {
  std::set<std::string> wanted;  // without endings
  const auto directory = [](const std::string& path) { return path.substr(0, path.rfind('/') + 1); };
  for (const auto& file : found) {
    if (!file) continue;
    for (const Import& import : file->facts.imports) {
      std::string module = import.module;
      if (file->facts.language == "python") {
        while (module.starts_with(".")) module.erase(0, 1);
        std::replace(module.begin(), module.end(), '.', '/');
        for (const std::string& base : {std::string(), std::string("src/"), directory(file->facts.path)}) {
          wanted.insert(base + module);
          if (import.name != "") wanted.insert(base + module + (module.empty() ? "" : "/") + import.name);
        }
      } else if (import.relative) {
        while (module.starts_with("./")) module.erase(0, 2);
        std::string base = directory(file->facts.path);
        for (; module.starts_with("../"); module.erase(0, 3))
          base = base.empty() ? base : directory(base.substr(0, base.size() - 1));
        const bool rooted = module.starts_with("@/") || module.starts_with("~/");
        const std::string stem = module.ends_with(".js") ? module.substr(0, module.size() - 3) : module;
        wanted.insert(rooted ? "src/" + stem.substr(2) : base + stem);
      }
    }
  }
  std::vector<std::size_t> rest;
  for (std::size_t i = 0; i < paths.size() && rest.size() < kMaxImporters; ++i) {
    const std::string language = language_of(paths[i], "");
    if (!found[i] && is_any(language, {"javascript", "typescript", "tsx", "python"}) &&
        wanted.count(module_path(paths[i])) != 0)
      rest.push_back(i);
  }
  parallel(rest.size(), workers,
           [&](std::size_t k) { found[rest[k]] = load(code, paths[rest[k]], needles, false, true); });
}

}  // namespace

bool is_vendored(std::string_view path) {
  if (path.ends_with(".min.js") || path.ends_with(".map") || path.ends_with(".d.ts")) return true;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos) return false;
    if (is_any(path.substr(0, slash), {"node_modules", "vendor", "third_party", ".git", "bower_components", ".venv",
                                       "venv", "site-packages", ".terraform", "__pycache__"}))
      return true;
    path.remove_prefix(slash + 1);
  }
  return false;
}

bool is_aside(std::string_view path) {
  std::string lower(path);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string word;
  const std::string_view name = std::string_view(lower).substr(lower.rfind('/') + 1);
  if (name.starts_with("readme") || name.ends_with(".md")) return true;
  for (const char c : lower + "/") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += c;
      continue;
    }
    if (c != '_' || word != "") {
      if (is_any(word, {"test",      "tests",      "spec",      "specs",   "e2e",      "fixture", "fixtures",
                        "mock",      "mocks",      "cassettes", "example", "examples", "demo",    "demos",
                        "benchmark", "benchmarks", "storybook", "docs",    "doc",      "samples"}))
        return true;
    }
    word.clear();
  }
  return false;
}

std::uint32_t Needles::add(const std::string& word) {
  const auto [at, fresh] = index.emplace(word, static_cast<std::uint32_t>(words.size()));
  if (fresh) words.push_back(word);
  return at->second;
}

std::set<std::uint32_t> Needles::find(std::string_view text) const {
  std::set<std::uint32_t> out;
  for (std::uint32_t i = 0; i < words.size(); ++i)
    if (stands_in(text, words[i])) out.insert(i);
  return out;
}

std::vector<std::string> names_of(const Token& token) {
  std::set<std::string> out;
  for (const Site& site : token.sites)
    if (site.name.size() >= 2 && site.name.size() <= 128) out.insert(site.name);
  return {out.begin(), out.end()};
}

std::vector<std::string> words_of(const Provider& provider) {
  std::vector<std::string> out = provider.env;
  for (const std::string& host : provider.hosts) out.push_back(host.starts_with("*.") ? host.substr(2) : host);
  for (const auto* list : {&provider.clients.cli, &provider.clients.js, &provider.clients.py})
    out.insert(out.end(), list->begin(), list->end());
  for (const UseSpec& use : provider.uses) {
    for (const std::string& row : use.cli) out.push_back(row.substr(0, row.find(' ')));
    out.insert(out.end(), use.action.begin(), use.action.end());
  }
  std::erase_if(out, [](const std::string& word) { return word.size() < 2; });
  return out;
}

std::vector<LoadedFile> load_files(const CodeBase& code, std::span<const Token> tokens, const Needles& needles,
                                   unsigned workers) {
  const std::vector<std::string> paths = code.paths();
  std::set<std::string> holders;
  for (const Token& token : tokens)
    for (const Site& site : token.sites) holders.insert(site.origin.path);
  std::vector<std::optional<LoadedFile>> found(paths.size());
  parallel(paths.size(), workers,
           [&](std::size_t i) { found[i] = load(code, paths[i], needles, holders.count(paths[i]) != 0, false); });

  // Once more for the files that import one of those: a wrapper's callers need not mention the provider.
  Needles modules;
  for (const auto& file : found)
    if (file && !file->facts.failed && !file->facts.functions.empty() && file->facts.language != "bash")
      if (const std::string word = import_word(file->facts.path); word.size() >= 2)
        for (const std::string& form : {"/" + word + "\"", "/" + word + "'", "from " + word, "." + word + " import",
                                        "import " + word, "." + word + ".js"})
          modules.add(form);
  if (!modules.words.empty()) {
    std::vector<std::size_t> rest;
    for (std::size_t i = 0; i < paths.size() && rest.size() < kMaxImporters; ++i) {
      const std::string language = language_of(paths[i], "");
      if (!found[i] && is_any(language, {"javascript", "typescript", "tsx", "python"})) rest.push_back(i);
    }
    parallel(rest.size(), workers, [&](std::size_t k) {
      const std::size_t i = rest[k];
      auto file = load(code, paths[i], modules, false, false);
      if (!file || file->facts.imports.empty()) return;
      file->mentions.clear();
      found[i] = std::move(file);
    });
  }
  load_imported(code, paths, needles, workers, found);
  std::vector<LoadedFile> out;
  for (auto& file : found)
    if (file) out.push_back(std::move(*file));
  std::sort(out.begin(), out.end(),
            [](const LoadedFile& a, const LoadedFile& b) { return a.facts.path < b.facts.path; });
  return out;
}

}  // namespace overreach::purpose
