// A provider that does not exist, for the tests of the rule loader.
#pragma once

#include <string>
#include <string_view>

namespace overreach::testing {

/// A complete provider file `acme`. Line numbers in the tests refer to it.
inline std::string acme() {
  return R"(provider: acme
title: Acme
hosts: [api.acme.example]
tokens:
  - id: key
    title: Acme key
    kinds: [personal]
    prefix: [acme_]
    pattern: '\bacme_[0-9a-z]{24}\b'
    examples: ['ACME={token}', 'key: "{token}"']
    non_examples: ['acme_short']
capabilities:
  - {id: thing.read, effect: read, on: thing, title: list things}
  - {id: thing.write, effect: write, on: thing, title: change things, includes: [thing.read]}
  - {id: thing.destroy, effect: destroy, on: thing, title: delete things, undo: none}
kinds:
  - {id: personal, title: personal key, reach: Everything., grants: ['*']}
grants:
  'things:write': [thing.write]
uses:
  - {needs: thing.destroy, cli: ['acme rm']}
narrower:
  by_verb: false
  kinds: [{kind: personal, fits: ['thing.read'], how: Settings}]
probe:
  endpoint: https://api.acme.example
  steps:
    - id: me
      get: /me
      alive: [{status: [200]}]
      dead: [{status: [401]}]
)";
}

/// `text` with the first `from` replaced; throws when there is none, so that no test goes stale.
inline std::string with(std::string text, std::string_view from, std::string_view to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace overreach::testing
