// The examples of every embedded provider file, all the way to sightings.
#include <algorithm>
#include <catch2/catch.hpp>

#include "detectors/identify/identify.h"
#include "rules/catalog/catalog.h"
#include "rules/catalog/sample.h"
#include "scanner/match/matcher.h"

namespace overreach {
namespace {

/// What a scan of a text with all rules sees.
class Scan {
 public:
  Scan() : matcher_(catalog_.patterns(), catalog_.database()), scratch_(matcher_.scratch()) {}

  const Catalog& catalog() const { return catalog_; }

  std::vector<Sighting> operator()(std::string_view text) {
    std::vector<Candidate> candidates;
    matcher_.scan(text, scratch_, candidates);
    return identify(Blob{text, "", {}}, candidates, catalog_);
  }

  bool reports(std::string_view text, const TokenRule& rule) {
    const std::vector<Sighting> found = (*this)(text);
    return std::any_of(found.begin(), found.end(), [&](const Sighting& s) { return &catalog_.rule(s.rule) == &rule; });
  }

 private:
  Catalog catalog_;
  Matcher matcher_;
  Matcher::Scratch scratch_;
};

/// Stands for the credential of a rule that is never reported alone, or that needs a companion
/// which its example does not show.
bool may_be_silent(const TokenRule& rule) {
  return rule.only_as_companion ||
         std::any_of(rule.companions.begin(), rule.companions.end(), [](const CompanionRule& c) { return c.required; });
}

TEST_CASE("every example of a provider file is seen as a credential of its provider", "[identify][rules]") {
  Scan scan;
  std::string failures;
  for (std::size_t i = 0; i < scan.catalog().size(); ++i) {
    const Provider& provider = scan.catalog().provider(i);
    for (const TokenRule& rule : provider.tokens) {
      if (may_be_silent(rule)) continue;
      std::uint64_t seed = 40;
      for (const std::string& example : rule.examples) {
        const Filled filled = fill(example, rule, provider, ++seed, with_valid_checksum);
        const std::vector<Sighting> found = scan(filled.text);
        const bool seen = std::any_of(found.begin(), found.end(), [&](const Sighting& s) {
          return &scan.catalog().provider_of(s.rule) == &provider;
        });
        if (!seen) failures += rule.id + ": " + example + "\n";
      }
    }
  }
  CHECK(failures == "");
}

TEST_CASE("a key of AWS is one beside any endpoint, and another one is of the storage there", "[identify][rules]") {
  Scan scan;
  const auto provider_of = [&](const std::string& key_id, const std::string& endpoint) {
    const Provider& aws = *scan.catalog().find("aws");
    const auto rule = std::find_if(aws.tokens.begin(), aws.tokens.end(),
                                   [](const TokenRule& token) { return token.id == "aws/secret-access-key"; });
    const std::string secret = generate(*rule, 3).secret;
    std::string out;
    for (const Sighting& sighting : scan("AWS_ACCESS_KEY_ID=" + key_id + "\nAWS_SECRET_ACCESS_KEY=" + secret +
                                         "\nAWS_ENDPOINT_URL=https://" + endpoint + "\nMINIO_BUCKET=x\n"))
      out += scan.catalog().provider_of(sighting.rule).id + " ";
    return out;
  };
  const std::string of_aws = generate(scan.catalog().find("aws")->tokens.at(0), 3).secret;
  for (const char* endpoint : {"s3.eu-west-1.amazonaws.com", "s3.eu-central-1.wasabisys.com", "minio.example.com:9000"})
    CHECK(provider_of(of_aws, endpoint) == "aws ");
  CHECK(provider_of("app-" + of_aws.substr(6), "minio.example.com:9000") == "s3 ");
}

TEST_CASE("no example of something else is seen as a credential of the rule", "[identify][rules]") {
  Scan scan;
  std::string failures;
  for (std::size_t i = 0; i < scan.catalog().size(); ++i) {
    const Provider& provider = scan.catalog().provider(i);
    for (const TokenRule& rule : provider.tokens)
      for (const std::string& text : rule.non_examples)
        if (scan.reports(fill(text, rule, provider, 40, with_valid_checksum).text, rule))
          failures += rule.id + ": " + text + "\n";
  }
  CHECK(failures == "");
}

TEST_CASE("no excerpt of any example shows its secret", "[identify][rules]") {
  Scan scan;
  for (std::size_t i = 0; i < scan.catalog().size(); ++i) {
    const Provider& provider = scan.catalog().provider(i);
    for (const TokenRule& rule : provider.tokens)
      for (const std::string& example : rule.examples) {
        const Filled filled = fill(example, rule, provider, 40, with_valid_checksum);
        if (filled.value.secret.size() < 8) continue;
        for (const Sighting& sighting : scan(filled.text)) {
          INFO(rule.id);
          CHECK(sighting.sites.at(0).excerpt.find(filled.value.secret) == std::string::npos);
        }
      }
  }
}

TEST_CASE("every check and decoder that a provider file names is there", "[identify][rules]") {
  const Catalog catalog;
  for (std::size_t i = 0; i < catalog.size(); ++i)
    for (const TokenRule& rule : catalog.provider(i).tokens) {
      INFO(rule.id);
      if (!rule.check.empty()) CHECK(std::binary_search(checksum_names().begin(), checksum_names().end(), rule.check));
      for (const std::string& name : rule.decode)
        CHECK(std::binary_search(decoder_names().begin(), decoder_names().end(), name));
    }
}

}  // namespace
}  // namespace overreach
