// Makes values that a rule would find, so that no credential-shaped text is ever written down.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "rules/catalog/provider.h"

namespace overreach {

/// Makes the checksum of a generated value right: (name of the check, value) -> value.
/// The checksums live in a room above this one, so the caller brings them.
using Repair = std::function<std::string(std::string_view check, std::string value)>;

/// A text that the RE2 expression matches as a whole. The same for the same seed, on any
/// machine; bodies are drawn evenly, so their entropy is that of a real token.
/// Unbounded repetitions stay short. Throws RuleError when no text could be made.
std::string sample(std::string_view pattern, std::uint64_t seed);

/// A generated value of a rule: what its pattern matches, and the credential in it.
struct Generated {
  std::string match;   // the whole match of the pattern
  std::string secret;  // group `secret`, or the whole match
};
Generated generate(const TokenRule& rule, std::uint64_t seed, const Repair& repair = {});

/// An example of a rule file with its placeholders filled.
struct Filled {
  std::string text;
  Generated value;  // what stands for {token} and {secret}
};

/// Fills `{token}`, `{secret}` and `{companion:rule-id}`; every other brace stays as it is.
/// The same placeholder is the same value throughout one example.
Filled fill(std::string_view example, const TokenRule& rule, const Provider& provider, std::uint64_t seed,
            const Repair& repair = {});

}  // namespace overreach
