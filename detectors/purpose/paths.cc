#include "detectors/purpose/paths.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <vector>

namespace overreach::purpose {
namespace {

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

std::string directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(path.substr(0, slash + 1));
}

std::string normal_path(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part == ".." && !parts.empty())
      parts.pop_back();
    else if (!part.empty() && part != "." && part != "..")
      parts.push_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  std::string out;
  for (const std::string_view part : parts) out += (out.empty() ? "" : "/") + std::string(part);
  return out;
}

bool is_prose(std::string_view path) {
  return path.ends_with(".md") || path.ends_with(".rst") || path.ends_with(".txt") || path.ends_with(".adoc") ||
         path.ends_with(".html") || path.ends_with(".lock") || path.ends_with(".svg") ||
         path.ends_with("package-lock.json") || path.ends_with(".csv") || path.ends_with(".log");
}

bool is_never_code(std::string_view path) {
  const std::size_t dot = path.find_last_of("./");
  if (dot == std::string_view::npos || path[dot] == '/' || path.size() - dot > 8) return false;
  return is_any(lower(path.substr(dot + 1)),
                {"png", "jpg",  "jpeg", "gif",   "ico", "webp", "bmp", "tiff", "psd", "pdf", "zip", "gz",    "tgz",
                 "bz2", "xz",   "zst",  "7z",    "jar", "war",  "o",   "a",    "so",  "dll", "exe", "dylib", "class",
                 "bin", "wasm", "woff", "woff2", "ttf", "otf",  "eot", "mp3",  "mp4", "mov", "avi", "webm",  "wav",
                 "ogg", "flac", "pyc",  "pyo",   "db",  "mo",   "po",  "pot",  "h",   "hh",  "hpp", "css",   "scss",
                 "gpg", "asc",  "pem",  "crt",   "der", "p12",  "pfx", "key",  "jks", "pub", "csr", "sqlite"});
}

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

}  // namespace overreach::purpose
