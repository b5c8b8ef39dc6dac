// From candidates to tokens.
#pragma once

#include <span>
#include <vector>

#include "detectors/model/token.h"
#include "rules/catalog/catalog.h"
#include "scanner/match/pattern.h"
#include "scanner/source/source.h"

namespace overreach {

/// A token as one blob shows it: the parts of a Token that one blob can give.
struct Sighting {
  std::uint32_t rule = 0;  // index into the catalogue's patterns
  Secret secret;
  std::vector<Companion> companions;
  std::vector<Site> sites;  // one for each origin of the blob
  std::vector<NearbyId> ids;
};

/// Reads the candidates of one blob: extracts the secret and its parts, drops what the
/// rule's filters reject (checksum, entropy, `not_near`, placeholders), pairs companions
/// and masks the lines. Called from many threads at once; keeps nothing of the blob.
std::vector<Sighting> identify(const Blob& blob, std::span<const Candidate> candidates, const Catalog& catalog);

/// Merges sightings of the same credential, decodes what can be decoded offline, and
/// gives each token its id. Sorted by (provider, rule, id); sites sorted within.
/// The result does not depend on the order of `sightings`.
std::vector<Token> merge(std::vector<Sighting> sightings, const Catalog& catalog);

/// Runs a named checksum ("github-crc32"). True when valid; RuleError when there is no such name.
bool checksum_valid(std::string_view name, std::string_view token);

/// Makes the checksum of a generated example right; returns `token` where the check cannot be forged.
std::string with_valid_checksum(std::string_view name, std::string token);

/// Names that `check:` and `decode:` may use, sorted.
std::span<const std::string_view> checksum_names();
std::span<const std::string_view> decoder_names();

/// Decodes a token offline with the decoders its rule names.
void decode(const TokenRule& rule, const Provider& provider, Token& token);

}  // namespace overreach
