// What overreach-rulec puts into the program.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "scanner/match/pattern.h"

namespace overreach {

/// A provider file that nobody has decoded yet.
struct EmbeddedProvider {
  std::string_view id;
  std::uint32_t first_rule;  // index of its first pattern
  std::uint32_t offset;      // its CBOR in EmbeddedRules::blobs
  std::uint32_t size;
};

/// Constant data only: nothing here runs or allocates at start-up.
struct EmbeddedRules {
  std::span<const EmbeddedProvider> providers;  // sorted by id
  std::span<const Pattern> patterns;            // in the order of the providers
  std::span<const Pattern> usual_patterns;      // the same, some of them asleep
  std::string_view blobs;
  std::string_view database;        // compile_literals(patterns)
  std::string_view usual_database;  // compile_literals(usual_patterns)
  std::string_view version;         // 16 hex digits over every file
};

EmbeddedRules embedded_rules();

}  // namespace overreach
