// From candidates to tokens.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "detectors/model/token.h"
#include "rules/catalog/catalog.h"
#include "scanner/match/encoded.h"
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

/// The same for a blob with encoded text in it. What is found there is extracted from the decoded text, and its
/// site is that of the encoded one. A line never shows a secret in any of its forms.
class BlobReader {
 public:
  /// Borrows both. `candidates` are those of the blob itself.
  BlobReader(const Blob& blob, std::span<const Candidate> candidates, const Catalog& catalog);
  ~BlobReader();
  BlobReader(const BlobReader&) = delete;
  BlobReader& operator=(const BlobReader&) = delete;

  /// Adds what stands in one encoded text; a text comes before those inside it. What its parents show as well, the
  /// same credential at the same place, is left to them.
  void add(const EncodedText& text);

  /// Everything found; call once, at the end.
  std::vector<Sighting> sightings();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

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
