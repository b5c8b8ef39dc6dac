// What a scan along the deltas finds, against a plain scan of every blob. The packs are made by hand, so that copies
// end in the middle of tokens, keywords and encodings; the rules are the real ones.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <tuple>

#include "detectors/identify/identify.h"
#include "rules/catalog/catalog.h"
#include "rules/catalog/sample.h"
#include "scanner/cli/blob_scan.h"
#include "scanner/source/git/history.h"
#include "tests/support/encode.h"
#include "tests/support/pack_writer.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using namespace overreach;
using overreach::testing::git;
using overreach::testing::PackWriter;
using overreach::testing::Step;
using overreach::testing::TempDir;

namespace {

const Catalog& catalog() {
  static const Catalog rules;
  return rules;
}

/// One finding, without its secret: (blob, rule, line, column, end line, end column, via).
using Found = std::tuple<std::string, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t,
                         std::vector<std::string>>;

struct Both {
  std::multiset<Found> along_deltas, plain;
  std::size_t derived = 0;  // blobs that were scanned with the help of their base
};

void collect(BlobScan& scan, std::multiset<Found>& out) {
  for (auto& [blob, sighting] : scan.take_unattributed())
    for (const Site& site : sighting.sites)
      out.emplace(blob, sighting.rule, site.line, site.column, site.end_line, site.end_column, site.via);
}

/// Scans a repository twice in one pass: as the source says, and each blob as if nothing were known of its base.
Both scan_both(const std::filesystem::path& repository) {
  constexpr unsigned kWorkers = 2;
  const Matcher matcher(catalog().patterns(), catalog().database());
  Tally tally, ignored;
  std::vector<std::unique_ptr<BlobScan>> quick, full;
  for (unsigned i = 0; i < kWorkers; ++i) {
    quick.push_back(std::make_unique<BlobScan>(matcher, catalog(), tally));
    full.push_back(std::make_unique<BlobScan>(matcher, catalog(), ignored));
  }
  std::atomic<std::size_t> derived{0};
  HistorySource source(repository);
  source.read(
      [&](const Blob& blob, unsigned worker) {
        if (blob.derivation != nullptr && blob.derivation->base_memory != nullptr) ++derived;
        quick[worker]->scan(blob);
        full[worker]->scan(Blob{blob.bytes, blob.id, blob.origins});
      },
      kWorkers, tally);
  Both out;
  for (unsigned i = 0; i < kWorkers; ++i) {
    collect(*quick[i], out.along_deltas);
    collect(*full[i], out.plain);
  }
  out.derived = derived;
  return out;
}

/// A line of each of some rules, with a generated value; a key of more than 4 KB among them.
std::vector<std::string> make_pieces(std::uint64_t seed) {
  std::vector<std::string> pieces;
  const auto fix = [](std::string_view check, std::string value) {
    return with_valid_checksum(check, std::move(value));
  };
  for (std::uint32_t rule = 0; rule < catalog().patterns().size(); rule += 5) {
    const Provider& provider = catalog().provider_of(rule);
    const TokenRule& token = catalog().rule(rule);
    if (token.examples.empty()) continue;
    pieces.push_back(fill(token.examples[seed % token.examples.size()], token, provider, seed, fix).text + "\n");
  }
  return pieces;
}

/// Text in which credentials, halves of them, encodings and ordinary words stand close together.
class Writer {
 public:
  Writer(std::mt19937& random, const std::vector<std::string>& pieces) : random_(random), pieces_(pieces) {}

  std::string text(unsigned parts) {
    std::string out;
    for (unsigned i = 0; i < parts; ++i) out += part();
    return out;
  }

  std::string part() {
    const std::string& piece = pieces_[random_() % pieces_.size()];
    const std::size_t at = random_() % (piece.size() + 1);
    switch (random_() % 9) {
      case 0:
      case 1:
        return piece;
      case 2:
        return piece.substr(0, at);
      case 3:
        return piece.substr(at);
      case 4:
        return "data = \"" + testing::base64(piece) + "\"\n";
      case 5:
        return testing::percent_of(piece) + "\n";
      case 6:
        return "an ordinary line of an ordinary file\n";
      case 7:
        return std::string(random_() % 40, "x=\n \"A"[random_() % 6]);
      default:
        return std::string(random_() % 600, '.') + "\n";
    }
  }

 private:
  std::mt19937& random_;
  const std::vector<std::string>& pieces_;
};

/// Some copies of parts of the base, in any order, with new text between them.
std::vector<Step> random_steps(std::mt19937& random, const std::string& base, Writer& writer) {
  std::vector<Step> steps;
  const auto count = static_cast<unsigned>(1 + random() % 4);
  std::uint64_t at = 0;
  for (unsigned i = 0; i < count && !base.empty(); ++i) {
    if (random() % 4 == 0) at = random() % base.size();  // moved, or copied twice
    if (at >= base.size()) break;
    const std::uint64_t size = 1 + random() % std::min<std::uint64_t>(base.size() - at, 60'000);
    steps.push_back({at, size, ""});
    at += size + (random() % 3 == 0 ? random() % 30 : 0);
    if (random() % 3 != 0) steps.push_back({0, 0, writer.part()});
  }
  std::erase_if(steps, [](const Step& step) { return step.size == 0 && step.bytes.empty(); });
  if (steps.empty()) steps.push_back({0, 0, "x"});
  return steps;
}

}  // namespace

TEST_CASE("thousands of random histories hold along their deltas what each of their blobs holds", "[differential]") {
  const char* wanted = std::getenv("OVERREACH_SEEDS");
  const unsigned seeds = wanted == nullptr ? 2000 : static_cast<unsigned>(std::atoi(wanted));
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  PackWriter pack;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    std::mt19937 random(seed);
    static std::vector<std::string> pieces;
    if (seed % 100 == 0) pieces = make_pieces(seed);
    Writer writer(random, pieces);
    std::vector<std::size_t> versions = {
        pack.add(std::to_string(seed) + "\n" + writer.text(static_cast<unsigned>(1 + random() % 12)))};
    for (unsigned version = 0; version < 4; ++version) {
      const std::size_t base = versions[random() % versions.size()];
      versions.push_back(pack.derive(base, random_steps(random, pack.bytes(base), writer)));
    }
  }
  pack.write(repo.path());
  const Both result = scan_both(repo.path());
  CHECK(result.plain.size() > seeds);
  CHECK(result.derived > seeds);
  CHECK(result.along_deltas == result.plain);
}

TEST_CASE("a credential cut at every offset between copied and new bytes is found", "[differential]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  PackWriter pack;
  for (const std::string& piece : make_pieces(7)) {
    if (piece.size() > 400) continue;
    const std::string other = "# another file\n" + piece + "# its end\n";
    const std::size_t base = pack.add(other);
    const std::size_t begin = other.find(piece);
    for (std::size_t cut = 0; cut <= piece.size(); ++cut) {
      const std::string name = std::to_string(base) + " " + std::to_string(cut) + "\n";
      // The head is copied and the tail is new; then the reverse; then both are copied and something stands between.
      pack.derive(base, {{0, 0, name}, {0, begin + cut, ""}, {0, 0, piece.substr(cut) + " "}});
      pack.derive(base, {{0, 0, "r" + name + piece.substr(0, cut)}, {begin + cut, other.size() - begin - cut, ""}});
      if (cut > 0 && cut < piece.size())
        pack.derive(base, {{begin, cut, ""}, {0, 0, "-"}, {begin + cut, piece.size() - cut, ""}, {0, 0, name}});
    }
  }
  pack.write(repo.path());
  const Both result = scan_both(repo.path());
  CHECK(result.plain.size() > 1000);
  CHECK(result.along_deltas == result.plain);
}

TEST_CASE("keys of many lines are found whole when any line of theirs changes", "[differential]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  PackWriter pack;
  std::mt19937 random(1);
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string key = "-----BEGIN RSA PRIVATE KEY-----\n";
  for (int line = 0; line < 90; ++line) {
    for (int i = 0; i < 64; ++i) key += alphabet[random() % alphabet.size()];
    key += '\n';
  }
  key += "-----END RSA PRIVATE KEY-----\n";
  REQUIRE(key.size() > 4096);
  for (const std::string& around :
       {std::string(), std::string("before\n")}) {  // the key may begin the blob, and end it
    const std::size_t base = pack.add(around + key);
    for (std::size_t at = around.size(); at < around.size() + key.size(); at += 61)
      pack.derive(base, {{0, at, ""}, {0, 0, "Q"}, {at + 1, around.size() + key.size() - at - 1, ""}});
    pack.derive(base, {{0, around.size() + key.size() - 40, ""}});  // cut off
  }
  pack.write(repo.path());
  const Both result = scan_both(repo.path());
  CHECK(result.along_deltas == result.plain);
  CHECK(result.derived > 100);
}

TEST_CASE("a real history holds along its deltas what each of its blobs holds", "[differential]") {
  // This project's own history, where the tests run in a clone of it; another one on request.
  const char* named = std::getenv("OVERREACH_REPOSITORY");
  const std::string repository = named != nullptr ? named : OVERREACH_SOURCE_DIR;
  if (!std::filesystem::exists(repository + "/.git") && !std::filesystem::exists(repository + "/objects")) {
    WARN("not in a git repository: there is no real history to compare");
    return;
  }
  const Both result = scan_both(repository);
  CHECK(result.along_deltas == result.plain);
}
