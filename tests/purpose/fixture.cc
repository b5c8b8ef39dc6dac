#include "tests/purpose/fixture.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace overreach::testing {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// "# need: x" or "// need: x" -> "x"; nothing when the line is not such a comment.
bool annotation(const std::string& line, const std::string& word, std::string& rest) {
  std::string text = trimmed(line);
  for (const std::string mark : {"//", "#", "--"}) {
    if (text.rfind(mark, 0) != 0) continue;
    text = trimmed(text.substr(mark.size()));
    if (text == word || text.rfind(word + ":", 0) == 0 || text.rfind(word + " ", 0) == 0) {
      rest = text == word ? "" : trimmed(text.substr(word.size() + 1));
      return true;
    }
    return false;
  }
  return false;
}

bool is_annotation(const std::string& line) {
  std::string rest;
  return annotation(line, "need", rest) || annotation(line, "none", rest) || annotation(line, "unknown", rest);
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

void read_annotations(const std::string& path, const std::string& content, Fixture& out) {
  std::vector<std::string> lines;
  std::istringstream in(content);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::size_t next = i + 1;
    while (next < lines.size() && is_annotation(lines[next])) ++next;
    const std::string place = path + ":" + std::to_string(next + 1);
    std::string rest;
    if (annotation(lines[i], "need", rest))
      out.needs[rest].insert(place);
    else if (annotation(lines[i], "unknown", rest))
      out.unknown.insert(place);
    else if (annotation(lines[i], "none", rest))
      out.none.insert(place);
  }
}

std::string shown(const NeededGrant& grant) {
  std::string where;
  for (const auto& [dimension, value] : grant.where.entries()) where += " " + dimension + "=" + value;
  return grant.capability + (where.empty() ? "" : " @" + where);
}

std::string place_of(const Evidence& evidence) { return evidence.path + ":" + std::to_string(evidence.line); }

}  // namespace

std::vector<std::string> MemoryCode::paths() const {
  std::vector<std::string> out;
  for (const auto& entry : files_) out.push_back(entry.first);
  return out;
}

Result<std::string> MemoryCode::read(const std::string& path) const {
  const auto found = files_.find(path);
  if (found == files_.end()) return fail(Error::Kind::io, "no such file");
  return found->second;
}

std::string synthetic_secret(const std::string& provider, unsigned seed) {
  std::string out = "synthetic" + std::to_string(seed) + provider;
  while (out.size() < 36) out += "0";
  return out;
}

Token make_token(const std::string& provider, const std::string& name, const std::string& secret,
                 const std::map<std::string, std::string>& files) {
  Token token;
  token.id = provider + "-" + name;
  token.provider = provider;
  token.secret = Secret(secret);
  token.masked = "synt…";
  for (const auto& [path, content] : files) {
    std::istringstream in(content);
    std::uint32_t number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      if (line.find(secret) == std::string::npos) continue;
      Site site;
      site.origin.path = path;
      site.line = number;
      site.name = name;
      token.sites.push_back(site);
    }
  }
  return token;
}

Fixture read_fixture(const std::string& path) {
  Fixture out;
  out.path = path;
  std::ifstream in(path);
  std::string provider, name, current, rest;
  std::vector<std::string> expects;
  for (std::string line; std::getline(in, line);) {
    if (annotation(line, "credential", rest)) {
      const std::size_t space = rest.find(' ');
      provider = rest.substr(0, space);
      name = space == std::string::npos ? "" : rest.substr(space + 1);
    } else if (annotation(line, "file", rest)) {
      current = rest;
      out.files[current];
    } else if (annotation(line, "confidence", rest)) {
      out.confidence = rest;
    } else if (annotation(line, "expect", rest)) {
      expects.push_back(rest);
    } else if (!current.empty()) {
      out.files[current] += line + "\n";
    }
  }
  if (provider.empty() || out.files.empty()) throw std::runtime_error(path + ": no credential: or no file:");
  const std::string secret = synthetic_secret(provider);
  bool literal = false;
  for (auto& [file, content] : out.files) {
    literal = literal || content.find("{token}") != std::string::npos;
    read_annotations(file, content, out);
    replace_all(content, "{token}", secret);
  }
  if (!literal) out.files[".env"] += name + "=" + secret + "\n";
  for (const std::string& expect : expects) {  // "need domain.write package.json:3", "unknown package.json:4"
    const std::size_t first = expect.find(' '), last = expect.rfind(' ');
    const std::string place = expect.substr(last + 1);
    if (expect.rfind("need ", 0) == 0) out.needs[expect.substr(first + 1, last - first - 1)].insert(place);
    if (expect.rfind("unknown ", 0) == 0) out.unknown.insert(place);
  }
  out.token = make_token(provider, name, secret, out.files);
  return out;
}

std::vector<std::string> fixture_paths(const std::string& directory) {
  std::vector<std::string> out;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::string(OVERREACH_SOURCE_DIR) + "/tests/purpose/" + directory))
    if (entry.is_regular_file()) out.push_back(entry.path().string());
  std::sort(out.begin(), out.end());
  return out;
}

std::string differences(const Fixture& fixture, const Need& need) {
  std::ostringstream out;
  std::set<std::string> found;
  for (const NeededGrant& grant : need.grants) {
    const std::string text = shown(grant), place = place_of(grant.evidence.back());
    found.insert(text);
    const auto expected = fixture.needs.find(text);
    if (expected == fixture.needs.end())
      out << "  not expected: " << text << " at " << place << " (" << grant.evidence.back().what << ")\n";
    else if (expected->second.count(place) == 0)
      out << "  expected elsewhere: " << text << " at " << place << "\n";
    if (fixture.none.count(place) != 0) out << "  a decoy was taken for a use: " << place << "\n";
  }
  for (const auto& [text, places] : fixture.needs)
    if (found.count(text) == 0) out << "  missing: " << text << " at " << *places.begin() << "\n";
  std::set<std::string> unknown;
  for (const Evidence& evidence : need.unresolved) {
    unknown.insert(place_of(evidence));
    if (fixture.unknown.count(place_of(evidence)) == 0)
      out << "  not understood, but should be: " << place_of(evidence) << " (" << evidence.what << ")\n";
  }
  for (const std::string& place : fixture.unknown)
    if (unknown.count(place) == 0) out << "  should be unknown: " << place << "\n";
  if (!fixture.confidence.empty() && to_string(need.confidence) != fixture.confidence)
    out << "  confidence is " << to_string(need.confidence) << ", not " << fixture.confidence << "\n";
  const std::string_view secret = fixture.token.secret.reveal();
  const auto leaks = [&](const Evidence& e) {
    return e.text.find(secret) != std::string::npos || e.what.find(secret) != std::string::npos;
  };
  for (const NeededGrant& grant : need.grants)
    if (std::any_of(grant.evidence.begin(), grant.evidence.end(), leaks))
      out << "  the secret stands in the evidence\n";
  if (std::any_of(need.unresolved.begin(), need.unresolved.end(), leaks))
    out << "  the secret stands in the evidence\n";
  return out.str();
}

}  // namespace overreach::testing
