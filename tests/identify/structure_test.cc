// What only the structure of a whole file tells.
#include <catch2/catch.hpp>
#include <ctime>

#include "detectors/identify/identify.h"
#include "scanner/match/regex.h"
#include "tests/support/encode.h"
#include "tests/support/key_pairs.h"

namespace overreach::testing {
namespace {

/// The tokens of Kubernetes in `text`, with the embedded rules.
std::vector<Token> tokens_in(std::string_view text) {
  static const Catalog catalog;
  std::vector<Candidate> candidates;
  for (std::uint32_t i = 0; i < catalog.patterns().size(); ++i) {
    if (!catalog.patterns()[i].id.starts_with("kubernetes/")) continue;
    const auto regex = compile_regex(catalog.patterns()[i].regex);
    re2::StringPiece found;
    for (std::size_t at = 0; at < text.size() && regex->Match({text.data(), text.size()}, at, text.size(),
                                                              re2::RE2::UNANCHORED, &found, 1);) {
      const auto begin = static_cast<std::uint64_t>(found.data() - text.data());
      candidates.push_back({i, 0, {begin, begin + found.size()}});
      at = begin + found.size();
    }
  }
  const std::vector<Origin> origins = {Origin{.path = "config"}};
  return merge(identify(Blob{text, "", origins}, candidates, catalog), catalog);
}

std::string part(const Token& token, std::string_view role) {
  const Companion* companion = token.companion(role);
  return companion == nullptr ? std::string("none") : std::string(companion->value.reveal());
}

const Token& with_secret(const std::vector<Token>& tokens, std::string_view secret) {
  for (const Token& token : tokens)
    if (token.secret.reveal() == secret) return token;
  FAIL("no such token");
  return tokens.front();
}

// Two clusters; the server nearest to a token is that of the other one.
std::string two_clusters(const std::string& first, const std::string& second) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: b\nclusters:\n"
         "- name: one\n  cluster:\n    server: https://one.example:6443\n    certificate-authority-data: Q0E=\n"
         "- name: two\n  cluster: {server: 'https://two.example/k8s', insecure-skip-tls-verify: true}\n"
         "contexts:\n- name: a\n  context: {cluster: two, user: ana, namespace: shop}\n"
         "- name: b\n  context: {cluster: one, user: bob}\n- name: c\n  context: {cluster: two, user: bob}\n"
         "users:\n- name: ana\n  user:\n    token: " +
         first + "\n- name: bob\n  user:\n    password: " + second + "\n    username: bob\n";
}

TEST_CASE("a user of a kubeconfig gets the server of its own cluster", "[structure]") {
  const std::string one = "a-token-of-" + std::to_string(0x5eedULL * 77777777);
  const std::string two = "word-of-" + std::to_string(0x5eedULL * 3333);
  const std::vector<Token> tokens = tokens_in(two_clusters(one, two));
  REQUIRE(tokens.size() == 2);
  const Token& ana = with_secret(tokens, one);
  CHECK(part(ana, "server") == "https://two.example/k8s");
  CHECK(part(ana, "namespace") == "shop");
  CHECK(part(ana, "authority") == "none");
  CHECK(part(ana, "unverified") == "true");
  // Two contexts are his; the current one counts.
  const Token& bob = with_secret(tokens, two);
  CHECK(part(bob, "server") == "https://one.example:6443");
  CHECK(part(bob, "authority") == "Q0E=");
  CHECK(part(bob, "login") == "bob");
  CHECK(part(bob, "unverified") == "none");
}

TEST_CASE("what looks like a kubeconfig user in another file is none", "[structure]") {
  const std::string value = "a-token-of-" + std::to_string(0x5eedULL * 77777777);
  const std::string user = "  user:\n    token: " + value + "\n";
  CHECK(tokens_in("services:\n" + user).empty());
  CHECK(tokens_in("users:\n" + user).empty());
  CHECK(tokens_in("users: [\n" + user).empty());
  CHECK(tokens_in("users:\n- name: ana\n" + user).size() == 1);
}

std::string client_kubeconfig(const Certified& client) {
  return "apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    client-certificate-data: " +
         base64(client.certificate_pem) + "\n    client-key-data: " + base64(client.key_pem) + "\n";
}

TEST_CASE("a client certificate says who it is for, until when, and whether it is above all roles", "[structure]") {
  const Authority authority("cluster", 2048);
  const std::vector<Token> plain = tokens_in(client_kubeconfig(authority.client("ana", "dev")));
  REQUIRE(plain.size() == 1);
  REQUIRE(plain[0].decoded);
  CHECK(plain[0].decoded->identity == "user ana in group dev");
  CHECK(plain[0].kinds == std::vector<std::string>{"client-certificate"});
  CHECK(plain[0].decoded->expires.size() == 20);
  for (const Grant& grant : plain[0].decoded->grants) CHECK(grant.proof == Proof::assumed);
  const std::vector<Token> masters = tokens_in(client_kubeconfig(authority.client("admin", "system:masters")));
  REQUIRE(masters.size() == 1);
  CHECK(masters[0].kinds == std::vector<std::string>{"masters"});
  const auto& grants = masters[0].decoded->grants;
  CHECK(std::any_of(grants.begin(), grants.end(), [](const Grant& grant) {
    return grant.capability == "namespace.destroy" && grant.proof == Proof::decoded;
  }));
}

TEST_CASE("the token of a service account says its namespace and its end", "[structure]") {
  const std::string claims =
      R"({"aud":["https://kubernetes.default.svc"],"exp":1800000000,"iss":"https://kubernetes.default.svc",)"
      R"("sub":"system:serviceaccount:shop:deployer"})";
  const std::string jwt = base64(R"({"alg":"RS256","kid":"k"})", true) + "." + base64(claims, true) + "." +
                          base64(std::string(64, 's'), true);
  for (const char* shift : {"", "x", "xx"}) {  // the literal stands at each of its three places
    const std::string moved = base64(R"({"a":")" + std::string(shift) + "\"," + claims.substr(1), true);
    const auto tokens =
        tokens_in("KUBE_TOKEN=" + jwt.substr(0, jwt.find('.') + 1) + moved + jwt.substr(jwt.rfind('.')));
    REQUIRE(tokens.size() == 1);
    CHECK(tokens[0].facts.at("namespace") == "shop");
    CHECK(tokens[0].facts.at("service_account") == "deployer");
    CHECK(tokens[0].decoded->identity == "service account deployer of namespace shop");
    CHECK(tokens[0].decoded->expires == "2027-01-15T08:00:00Z");
  }
}

TEST_CASE("a registry login is user and password in one", "[structure]") {
  TokenRule rule;
  rule.decode = {"docker-login"};
  Token token;
  token.secret = Secret(base64("ci:pass:word"));
  decode(rule, Provider(), token);
  CHECK(part(token, "user") == "ci");
  CHECK(part(token, "password") == "pass:word");
  CHECK(token.companion("password")->secret);
  CHECK(!token.companion("user")->secret);
  for (const char* odd : {"", "ci", ":x", "ci:", "\xff\xfe"}) {
    Token strange;
    strange.secret = Secret(base64(odd));
    decode(rule, Provider(), strange);
    CHECK(strange.companions.empty());
  }
}

}  // namespace
}  // namespace overreach::testing
