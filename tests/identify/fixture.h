// A provider that does not exist, and candidates without a matcher.
#pragma once

#include <re2/re2.h>

#include <string>
#include <string_view>
#include <vector>

#include "detectors/identify/identify.h"
#include "rules/catalog/catalog.h"
#include "rules/catalog/sample.h"
#include "scanner/match/regex.h"
#include "tests/support/temp_dir.h"

namespace overreach::testing {

constexpr std::string_view kAcme = R"(provider: acme
title: Acme
console: https://acme.example/tokens
tokens:
  - id: key
    title: Acme key
    kinds: [personal, project]
    prefix: [acme_]
    pattern: '\bacme_[0-9a-zA-Z]{24}\b'
    entropy: 3.0
    confidence: sure
    examples: ['ACME={token}', 'key: "{token}"']
    non_examples: ['acme_short']
  - id: uuid
    title: Acme token
    kinds: [personal]
    near: [acme]
    within: {before: 80, after: 80}
    pattern: '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
    not_near: [project_id, sha, --project]
    examples: ['ACME={token}', 'acme: "{token}"']
    non_examples: ['acme']
  - id: url
    title: Acme database URL
    kinds: [personal]
    inside: ['acmedb://']
    pattern: 'acmedb://(?P<user>[^:/@\s]+):(?P<secret>[^@\s]+)@(?P<host>[\w.-]+)'
    examples: ['URL={token}', 'url: "{token}"']
    non_examples: ['acmedb://localhost']
  - id: id
    title: Acme access key
    kinds: [personal]
    prefix: [AKME]
    pattern: '\bAKME[A-Z2-7]{16}\b'
    confidence: sure
    companions:
      - {role: secret_access_key, rule: secret, within_lines: 3, required: true}
    examples: ["ID={token}\nACME_SECRET={companion:secret}", "a: {token}\nacme: {companion:secret}"]
    non_examples: ['AKME']
  - id: secret
    title: Acme secret
    near: [acme, secret]
    within: {before: 80, after: 80}
    pattern: '\b[0-9a-zA-Z/+]{40}\b'
    only_as_companion: true
    examples: ['ACME={token}', 'acme: "{token}"']
    non_examples: ['acme']
  - id: pem
    title: Acme private key
    kinds: [personal]
    inside: ['-----BEGIN ACME KEY']
    pattern: '-----BEGIN ACME KEY-----[^-]{20,900}-----END ACME KEY-----'
    max_length: 1000
    examples: ['{token}', 'key: "{token}"']
    non_examples: ['-----BEGIN ACME KEY-----']
capabilities:
  - {id: thing.read, effect: read, on: thing, title: list things}
  - {id: thing.destroy, effect: destroy, on: thing, title: delete things, undo: none}
kinds:
  - {id: personal, title: personal key, reach: Everything., grants: ['*']}
  - {id: project, title: project key, reach: One project., grants: [thing.read]}
ids:
  - {resource: volume, names: [volumeId, ACME_VOLUME], pattern: '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'}
)";

/// A catalogue with `acme` (or another file) among the embedded providers.
class Rules {
 public:
  explicit Rules(std::string_view file = kAcme) { dir_.write("acme.yaml", file); }

  const Catalog& catalog() {
    if (!catalog_) catalog_ = std::make_unique<Catalog>(dir_.path());
    return *catalog_;
  }

  /// Every match of acme's patterns, as the matcher would find them.
  std::vector<Candidate> candidates(std::string_view text) {
    std::vector<Candidate> out;
    for (std::uint32_t i = 0; i < catalog().patterns().size(); ++i)
      if (catalog().patterns()[i].id.starts_with("acme/")) find(i, text, out);
    return out;
  }

  std::vector<Sighting> identify(std::string_view text, std::vector<Origin> origins = {Origin{.path = "app.env"}}) {
    const std::vector<Candidate> found = candidates(text);
    return overreach::identify(Blob{text, "", origins}, found, catalog());
  }

  std::vector<Token> tokens(std::string_view text) { return merge(identify(text), catalog()); }

  /// A value that a rule of acme finds ("key"), never written down anywhere.
  std::string value(std::string_view rule, std::uint64_t seed = 1) {
    for (const TokenRule& token : catalog().find("acme")->tokens)
      if (token.id == "acme/" + std::string(rule)) return generate(token, seed).match;
    throw std::invalid_argument("no such rule");
  }

 private:
  void find(std::uint32_t rule, std::string_view text, std::vector<Candidate>& out) {
    const auto regex = compile_regex(catalog().patterns()[rule].regex);
    re2::StringPiece found;
    for (std::size_t at = 0; at < text.size() && regex->Match({text.data(), text.size()}, at, text.size(),
                                                              re2::RE2::UNANCHORED, &found, 1);) {
      const auto begin = static_cast<std::uint64_t>(found.data() - text.data());
      out.push_back({rule, 0, {begin, begin + found.size()}});
      at = begin + found.size();
    }
  }

  TempDir dir_;
  std::unique_ptr<Catalog> catalog_;
};

}  // namespace overreach::testing
