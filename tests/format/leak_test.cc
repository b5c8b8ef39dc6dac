#include <fmt/format.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "reports/format/text_safe.h"
#include "tests/format/samples.h"
#include "tests/format/support.h"

using namespace overreach;

namespace {

std::string base64(std::string_view bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i + 2 < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i + at])); };
    const unsigned group = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) out += alphabet[(group >> shift) & 63U];
  }
  return out;  // whole groups only: what follows would not depend on the secret alone
}

/// The forms a value could slip out in. Base64 in its three alignments.
std::vector<std::string> forms_of(const std::string& secret) {
  const std::string quoted = nlohmann::json(secret).dump();
  return {secret,
          percent_encoded(secret),
          quoted.substr(1, quoted.size() - 2),
          base64(secret),
          base64(std::string_view(secret).substr(1)),
          base64(std::string_view(secret).substr(2)),
          secret.substr(0, 12),
          secret.substr(secret.size() - 12)};
}

void check_absent(const Finding& finding, const std::string& output) {
  std::vector<std::string> secrets = {std::string(finding.token.secret.reveal())};
  for (const Companion& c : finding.token.companions) secrets.emplace_back(c.value.reveal());
  for (const std::string& secret : secrets)
    for (const std::string& form : forms_of(secret)) CHECK(output.find(form) == std::string::npos);
}

}  // namespace

TEST_CASE("no writer lets a secret or a companion out, in any form", "[format][leak]") {
  const std::vector<Finding> findings = samples::all();
  TextStyle verbose;
  verbose.verbose = verbose.colour = verbose.links = true;
  const std::vector<std::string> outputs = {
      text_of(findings, samples::summary()), text_of(findings, samples::summary(), verbose),
      json_of(findings, samples::summary()), sarif_of(findings, samples::summary())};
  for (const Finding& finding : findings)
    for (const std::string& output : outputs) check_absent(finding, output);
}

TEST_CASE("the search for a secret would find one that leaked", "[format][leak]") {
  const Finding finding = samples::railway();
  const std::string secret(finding.token.secret.reveal());
  const std::vector<std::string> forms = forms_of(secret);
  const auto found = [&](const std::string& output) {
    return std::any_of(forms.begin(), forms.end(), [&](const auto& f) { return output.find(f) != std::string::npos; });
  };
  CHECK(found("x " + secret));
  CHECK(found(nlohmann::json(secret).dump()));
  CHECK(found(percent_encoded(secret)));
  CHECK(found(base64("a" + secret)));
  CHECK_FALSE(found("nothing of the kind"));
}

TEST_CASE("no report code asks a secret for its bytes", "[format][leak]") {
  const int status = std::system("grep -rn 'reveal()' '" OVERREACH_SOURCE_DIR "/reports/format'");
  CHECK(WEXITSTATUS(status) == 1);  // grep: no line matches
}
