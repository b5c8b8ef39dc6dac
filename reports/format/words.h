// What the three writers say in the same words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/model/finding.h"
#include "reports/format/report.h"

namespace overreach {

/// The sites of a finding, the one a developer can act on first: a place that defines what the
/// code uses before a copy, tracked files before staged, committed, ignored and historic ones.
/// Borrowed from the finding.
std::vector<const Site*> sites_by_use(const Finding& finding);

/// "git-ignored: a commit does not carry it, an agent can read it"; empty for a tracked file.
std::string place_note(const Site& site);

/// The proven kind; else every kind it can be, widest first, joined by `separator`; else empty.
std::string kind_of(const Finding& finding, std::string_view separator = "|");

/// The strongest proof behind the reach: proven when the provider answered (Dead included),
/// else the strongest of the grants, else assumed.
Proof proof_of(const Reach& reach);

/// Why the reach is unknown or dead, in the provider's status; empty for other states.
std::string_view why_of(const Reach& reach);

/// "can do more than its code needs: proven".
std::string_view verdict_words(Verdict verdict);

/// Capabilities that hold at the same places with the same proof.
struct GrantGroup {
  Effect effect = Effect::read;
  Proof proof = Proof::assumed;
  std::vector<std::string> capabilities;  // sorted, unique
  std::vector<Where> places;              // sorted, unique
};

/// Grants by effect, worst first, then proof, strongest first; each grant is in exactly one group.
std::vector<GrantGroup> grouped(std::span<const Grant> grants);

/// Excesses that differ only in the place.
struct ExcessGroup {
  const Excess* first = nullptr;  // borrowed
  std::vector<Where> places;      // sorted, unique
};

/// In the order of the finding (worst first).
std::vector<ExcessGroup> grouped(std::span<const Excess> excess);

/// "project rentals, environment production or staging; project billing"; at most `most` places
/// are spelled out, and a place inside another one is not told.
std::string places_text(std::span<const Where> places, std::size_t most);

/// "2 projects (rentals, billing), 3 volumes (db, media, cache)" out of what the provider listed.
std::string resources_text(std::span<const Resource> resources, std::size_t names_most);

/// "412 files, 38 blobs, 12 commits, 3.4 MB; 2 skipped".
std::string scanned_words(const ScanSummary& summary);

/// "3.4 MB": powers of 1000, two significant digits below 10.
std::string size_words(std::uint64_t bytes);

/// "1 file", "2 files".
std::string count_of(std::uint64_t n, std::string_view noun);

/// The first seven digits of a commit id.
std::string_view short_commit(std::string_view commit);

/// True when something the scan promised to read was not read.
bool incomplete(const ScanSummary& summary);

/// The sentence, with a full stop if it ends in none.
std::string sentence(std::string text);

/// a, b, c — and "and 4 more" when there are more than `most`.
std::string joined(std::span<const std::string> items, std::size_t most, std::string_view separator = ", ");

}  // namespace overreach
