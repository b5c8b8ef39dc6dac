#include "rules/catalog/assignment.h"

#include <re2/re2.h>

#include <catch2/catch.hpp>
#include <string>

#include "rules/catalog/sample.h"

using overreach::Assignment;
using overreach::assignment;
using overreach::sample;

namespace {

const std::string kHex = sample("[0-9a-f]{32}", 7);
const std::string kAlnum = sample("[0-9A-Za-z]{24}", 7);

/// The value that is found in `text`, in which $ stands for `value`.
std::string found(const Assignment& rule, std::string text, const std::string& value) {
  for (std::size_t at = text.find('$'); at != std::string::npos; at = text.find('$', at + value.size()))
    text.replace(at, 1, value);
  std::string secret;
  re2::RE2::PartialMatch(text, re2::RE2(rule.pattern), &secret);
  return secret;
}

}  // namespace

TEST_CASE("a value is found in every way to assign it to a name", "[rules]") {
  const Assignment rule = assignment({"acme", "api.acme.example"}, "[0-9a-f]{32}");
  for (const char* text : {
           "ACME_API_KEY=$",
           "export ACME_TOKEN=\"$\"",
           "acmeSecret: '$'",
           R"({"acme_key": "$"})",
           R"({\"acme_key\": \"$\"})",
           "acme:\n  api_key: $\n",
           "[acme]\nurl = \"x\"\napi_key = \"$\"\n",
           "- name: ACME_KEY\n  value: $\n",
           "{\"name\": \"ACME_KEY\",\n \"value\": \"$\"}",
           "const acmeKey: string = \"$\";",
           "const ACME_KEY: &'static str = \"$\";",
           "acmeKey := `$`",
           R"(os.environ["ACME_KEY"] = "$")",
           R"(os.getenv("ACME_KEY", "$"))",
           "key = process.env.ACME_KEY || '$'",
           "'acme_key' => '$',",
           R"(<add key="AcmeKey" value="$"/>)",
           "<acme-api-key>$</acme-api-key>",
           "<key>AcmeToken</key>\n  <string>$</string>",
           "ENV ACME_KEY $",
           "acme login --token $",
           "ACME_PAT=$",
           "acmePat = \"$\"",
           "X-Acme-Token: $",
           "https://api.acme.example/v1/things?api_key=$&page=2",
           "curl https://api.acme.example/v1 -H \"Authorization: Bearer $\"",
           "curl https://api.acme.example/v1 -H \"Authorization: Token token=$\"",
       }) {
    INFO(text);
    CHECK(found(rule, text, kHex) == kHex);
  }
}

TEST_CASE("what stands near a name without being assigned to it is not found", "[rules]") {
  const Assignment rule = assignment({"acme"}, "[0-9a-f]{32}");
  for (const char* text : {
           "acme $",                       // no word for a secret
           "acme-$.js",                    //
           "ACME_PROJECT=$",               //
           "ACME_URL=x, OTHER_KEY=$",      // another assignment of the line
           "ACME_URL=x; OTHER_KEY=$",      //
           "ACME_URL=x\nOTHER_KEY=$",      // another name on the next line
           "acme:\n\n\n\n\n  api_key: $",  // too far
           "ACME_KEY=$0",                  // one character more
           "ACME_KEY=$-1",                 //
           "ACME_KEY=$/x",                 //
           "ACME_KEY=$.acme.example",      //
       }) {
    INFO(text);
    CHECK(found(rule, text, kHex) == "");
  }
}

TEST_CASE("a name that ends in a word for a secret needs no other, and its separators are free", "[rules]") {
  const Assignment rule = assignment({"box_client_secret"}, "[0-9A-Za-z]{24}");
  CHECK(rule.literals ==
        std::vector<std::string>{"box_client_secret", "box-client-secret", "box.client.secret", "boxclientsecret"});
  for (const char* text :
       {"BOX_CLIENT_SECRET=$", "boxClientSecret: '$'", "box-client-secret=$", "box.client.secret=$"}) {
    INFO(text);
    CHECK(found(rule, text, kAlnum) == kAlnum);
  }
  CHECK(found(rule, "BOX_KEY=$", kAlnum) == "");
  CHECK(found(rule, "BOX_CLIENT_SECRET\nAPI_KEY=$", kAlnum) == "");
}

TEST_CASE("no match is longer than said, and a value that begins like all others is shaped", "[rules]") {
  const Assignment plain = assignment({"acme"}, "[0-9a-f]{32}(?:[0-9a-f]{8})?");
  for (std::uint64_t seed = 0; seed < 200; ++seed) CHECK(sample(plain.pattern, seed).size() <= plain.max_length);
  CHECK_FALSE(plain.shaped);
  CHECK(assignment({"acme"}, "sk_live_[0-9a-z]{20}").shaped);
  CHECK(assignment({"acme"}, R"(sk\.[0-9a-z]{20})").shaped);
  CHECK_FALSE(assignment({"acme"}, "s?k?[0-9a-z]{20}").shaped);
  CHECK_FALSE(assignment({"acme"}, "k[0-9a-z]{20}").shaped);
}
