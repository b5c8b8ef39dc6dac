#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "detectors/identify/encoding.h"
#include "detectors/identify/identify.h"
#include "detectors/identify/msgpack.h"

namespace overreach {
namespace {

Capability capability(const char* id, Effect effect, const char* resource, std::vector<std::string> includes = {}) {
  return {id, id, effect, resource, "unknown", false, std::move(includes)};
}

KindSpec kind(const char* id, std::vector<std::string> grants) { return {id, id, "", std::move(grants), {}, true, ""}; }

/// A provider with the kinds and scopes that the decoders speak of.
Provider provider() {
  Provider out;
  out.id = "acme";
  out.capabilities = {capability("app.read", Effect::read, "app"),
                      capability("app.write", Effect::write, "app", {"app.read"}),
                      capability("app.destroy", Effect::destroy, "app"), capability("org.admin", Effect::admin, "org"),
                      capability("project.publish", Effect::send, "project")};
  for (const char* id : {"account", "org", "user"}) out.kinds.push_back(kind(id, {"*"}));
  for (const char* id : {"deploy", "service-role"}) out.kinds.push_back(kind(id, {"app.write", "app.destroy"}));
  for (const char* id : {"readonly", "anon"}) out.kinds.push_back(kind(id, {"app.read"}));
  out.kinds.push_back(kind("project", {"project.publish"}));
  out.grants = {{"sas:r", {"app.read"}}, {"sas:d", {"app.destroy"}}, {"write", {"app.write"}}};
  return out;
}

Token decoded(const std::string& decoder, std::string secret, std::vector<Companion> companions = {}) {
  TokenRule rule;
  rule.decode = {decoder};
  Token token;
  token.secret = Secret(std::move(secret));
  token.kinds = {"account", "project"};
  token.companions = std::move(companions);
  decode(rule, provider(), token);
  return token;
}

std::vector<std::string> grants_of(const Token& token) {
  std::vector<std::string> out;
  if (token.decoded)
    for (const Grant& grant : token.decoded->grants)
      out.push_back(grant.capability + " @ " + grant.where.text() + " " + std::string(to_string(grant.proof)));
  return out;
}

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0;
  unsigned have = 0;
  for (const char c : bytes) {
    bits = bits << 8U | static_cast<std::uint8_t>(c);
    for (have += 8; have >= 6; have -= 6) out += kDigits[bits >> (have - 6) & 63U];
  }
  if (have > 0) out += kDigits[bits << (6 - have) & 63U];
  return out;
}

std::string jwt(const nlohmann::json& claims, const char* algorithm = "HS256") {
  return base64(nlohmann::json{{"alg", algorithm}}.dump()) + "." + base64(claims.dump()) + "." +
         base64(std::string(32, '\0'));
}

/// One macaroon of the binary form with these caveats and a signature of zeros.
std::string macaroon(const std::vector<std::string>& caveats) {
  const auto field = [](char type, const std::string& data) {
    return std::string{type, static_cast<char>(data.size())} + data;
  };
  std::string bytes = "\x02" + field(1, "index.example") + field(2, "00000000-0000-4000-8000-000000000000") + '\0';
  for (const std::string& caveat : caveats) bytes += field(2, caveat) + '\0';
  return "pypi-" + base64(bytes + '\0' + field(6, std::string(32, '\0')));
}

TEST_CASE("an AWS key id carries its account", "[identify][decode]") {
  struct Row {
    const char* name;
    std::string id;
    const char* account;
  };
  const Row rows[] = {
      {"temporary", std::string("ASIA") + "QNZGKIQY56JQ7WML", "029608264753"},
      {"long-lived", std::string("AKIA") + "Y34FZKBOKMUTVV7A", "609629065308"},
      {"made before accounts were in ids", std::string("AKIA") + "IOSFODNN7EXAMPLE", ""},
      {"not base32 further on", std::string("AKIA") + "Y34FZKBOKM1TVV7A", "609629065308"},
      {"not base32 where the account is", std::string("AKIA") + "Y34F1KBOKMUTVV7A", ""},
      {"too short", std::string("AKIA") + "Y34F", ""},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const Token token = decoded("aws-account", row.id);
      const auto it = token.facts.find("account");
      CHECK((it == token.facts.end() ? "" : it->second) == row.account);
      CHECK_FALSE(token.decoded);
    }
}

TEST_CASE("a JSON web token tells issuer, subject, scopes and expiry, and is not verified", "[identify][decode]") {
  const Token token = decoded("jwt", jwt({{"iss", "https://id.example"},
                                          {"sub", "robot\n7"},
                                          {"aud", {"api", "other"}},
                                          {"exp", 2'000'000'000},
                                          {"scope", "write orders:write strange"}}));
  REQUIRE(token.decoded);
  CHECK(token.facts.at("issuer") == "https://id.example");
  CHECK(token.facts.at("subject") == "robot?7");
  CHECK(token.facts.at("audience") == "api");
  CHECK(token.facts.at("algorithm") == "HS256");
  CHECK(token.decoded->expires == "2033-05-18T03:33:20Z");
  CHECK(token.decoded->identity == "robot?7");
  CHECK(token.decoded->scopes == std::set<std::string>{"write", "orders:write", "strange"});
  CHECK(token.decoded->unmapped == std::set<std::string>{"strange"});
  CHECK(grants_of(token) == std::vector<std::string>{"app.read @ everywhere decoded", "app.read @ scope orders decoded",
                                                     "app.write @ everywhere decoded",
                                                     "app.write @ scope orders decoded"});
}

TEST_CASE("a web token without an end never expires, and one that is none says nothing", "[identify][decode]") {
  CHECK(decoded("jwt", jwt({{"sub", "x"}})).decoded->expires == "never");
  CHECK(decoded("jwt", jwt({{"exp", "soon"}})).decoded->expires.empty());
  CHECK(decoded("jwt", jwt({{"exp", 1e300}})).decoded->expires.empty());
  CHECK(decoded("jwt", jwt({{"sub", "x"}}, "none")).decoded->notes.size() == 1);
  for (const char* text : {"", ".", "..", "a.b.c", "eyJ.eyJ.x", "W10.W10.x"}) CHECK_FALSE(decoded("jwt", text).decoded);
}

TEST_CASE("a Supabase key is what its role says", "[identify][decode]") {
  const std::string synthetic = std::string("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.") +
                                "eyJpc3MiOiJzdXBhYmFzZSIsInJlZiI6ImFiY2RlZmdoaWprbG1ub3BxcnN0Iiwicm9sZSI6InNlcnZpY2Vfcm"
                                "9sZSIsImlhdCI6MTcwMDAwMDAwMCwi"
                                "ZXhwIjoyMDE1NTc2MDAwfQ." +
                                std::string(43, 'A');
  const Token service = decoded("supabase-jwt", synthetic);
  CHECK(service.kinds == std::vector<std::string>{"service-role"});
  CHECK(service.facts.at("project") == "abcdefghijklmnopqrst");
  CHECK(service.decoded->expires == "2033-11-14T10:13:20Z");
  CHECK(grants_of(service).front() == "app.destroy @ project abcdefghijklmnopqrst decoded");
  const Token anon = decoded("supabase-jwt", jwt({{"role", "anon"}, {"ref", "abc"}}));
  CHECK(anon.sensitivity == "publishable");
  CHECK(anon.kinds == std::vector<std::string>{"anon"});
}

TEST_CASE("an upload token reaches the projects of its caveats, or the whole account", "[identify][decode]") {
  struct Row {
    const char* name;
    std::string secret;
    const char* kind;
    std::vector<std::string> grants;
    const char* expires = "never";
  };
  const std::string everything[] = {"app.destroy", "app.read", "app.write", "org.admin", "project.publish"};
  std::vector<std::string> all;
  for (const std::string& id : everything) all.push_back(id + " @ everywhere decoded");
  const std::vector<std::string> demo = {"project.publish @ project demo decoded"};
  const Row rows[] = {
      {"no caveat", macaroon({}), "account", all},
      {"account, first generation", macaroon({R"({"version": 1, "permissions": "user"})"}), "account", all},
      {"account, by user id", macaroon({R"([3, "11111111-1111-4111-8111-111111111111"])"}), "account", all},
      {"project, first generation", macaroon({R"({"version": 1, "permissions": {"projects": ["demo"]}})"}), "project",
       demo},
      {"project, by name and id", macaroon({R"([1, ["demo"]])", R"([2, ["11111111-1111-4111-8111-111111111111"]])"}),
       "project", demo},
      {"two projects",
       macaroon({R"([1, ["a", "b"]])"}),
       "project",
       {"project.publish @ project a decoded", "project.publish @ project b decoded"}},
      {"no project at all", macaroon({R"([1, []])"}), "project", {}},
      {"expiry", macaroon({R"([0, 1700000000, 1600000000])"}), "account", all, "2023-11-14T22:13:20Z"},
      {"the earlier of two ends", macaroon({R"([0, 1800000000, 0])", R"({"nbf": 0, "exp": 1700000000})"}), "account",
       all, "2023-11-14T22:13:20Z"},
      // An upper bound: what cannot be read narrows nothing.
      {"unknown caveat", macaroon({R"([99, "?"])", "not json"}), "account", all},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const Token token = decoded("pypi-macaroon", row.secret);
      REQUIRE(token.decoded);
      CHECK(token.kinds == std::vector<std::string>{row.kind});
      CHECK(grants_of(token) == row.grants);
      CHECK(token.decoded->expires == row.expires);
    }
}

TEST_CASE("a Fly.io macaroon reaches what all of its caveats leave", "[identify][decode]") {
  const std::string synthetic = std::string("FlyV1 fm2_") +
                                "lJPEEAEBAQEBAQEBAQEBAQEBAQHEEAICAgICAgICAgICAgICAgLCtWh0dHBzOi8vYXBpLmZseS5pby92MZYAks"
                                "4AAeJAHwSSzmVT8QDOiuD6gAORgc4A"
                                "DxIGAcQgAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=";
  const Token token = decoded("fly-macaroon", synthetic);
  REQUIRE(token.decoded);
  CHECK(token.kinds == std::vector<std::string>{"deploy"});
  CHECK(token.facts.at("actions") == "r");
  CHECK(token.decoded->expires == "2043-11-01T14:13:20Z");
  CHECK(token.decoded->identity == "organization 123456");
  // The kind may write and destroy; the mask of this one leaves reading.
  CHECK(grants_of(token) == std::vector<std::string>{"app.read @ app 987654, organization 123456 decoded"});
}

TEST_CASE("a Fly.io macaroon has the kind of its caveats", "[identify][decode]") {
  struct Row {
    const char* name;
    std::string caveats;  // MessagePack
    const char* kind;
    const char* actions;
  };
  using namespace std::string_literals;
  const Row rows[] = {
      {"no caveat", "\x90"s, "user", "rwcdC"},
      {"organisation", "\x92\x00\x92\x07\x1f"s, "org", "rwcdC"},
      {"organisation, reading", "\x92\x00\x92\x07\x01"s, "readonly", "r"},
      {"one app", "\x94\x00\x92\x07\x1f\x03\x91\x81\x09\x0b"s, "deploy", "rwd"},
      {"all apps", "\x94\x00\x92\x07\x1f\x03\x91\x81\x00\x1f"s, "org", "rwcdC"},
      {"intersection", "\x94\x00\x92\x07\x03\x03\x91\x81\x09\x1f"s, "deploy", "rw"},
      {"unknown caveat", "\x92\xcc\xc8\x91\x01"s, "user", "rwcdC"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const std::string location = "https://api.fly.io/v1";
      const std::string bytes =
          "\x94\x90"s + static_cast<char>(0xa0 + location.size()) + location + row.caveats + "\xc4\x01x";
      const Token token = decoded("fly-macaroon", "fm2_" + base64(bytes) + ",fm2_" + base64("\x94\x90\xa1x\x90\xa1x"));
      REQUIRE(token.decoded);
      CHECK(token.decoded->scopes.size() == 1);
      CHECK(token.facts.at("actions") == row.actions);
      CHECK(token.decoded->scopes.begin()->starts_with(row.kind));
    }
}

TEST_CASE("a shared access signature carries its letters, its end and its policy", "[identify][decode]") {
  const std::string query =
      "https://shop.blob.core.windows.net/c?sv=2022-11-02&sr=c&sp=rdZ&st=2026-01-01T00%3A00%3A00Z"
      "&amp;se=2030-01-01T00%3A00%3A00Z&sig=" +
      std::string(43, 'A') + "%3D";
  const Token token = decoded("azure-sas", query);
  REQUIRE(token.decoded);
  CHECK(token.decoded->expires == "2030-01-01T00:00:00Z");
  CHECK(token.facts.at("resource") == "container");
  CHECK(token.facts.at("permissions") == "rdZ");
  CHECK(token.facts.at("signed_by") == "account key");
  CHECK(token.decoded->unmapped == std::set<std::string>{"sas:Z"});
  CHECK(grants_of(token) ==
        std::vector<std::string>{"app.destroy @ everywhere decoded", "app.read @ everywhere decoded"});
  const Token policy = decoded("azure-sas", "sv=2022-11-02&sr=b&si=weekly&sig=x");
  CHECK(policy.facts.at("policy") == "weekly");
  CHECK(policy.decoded->notes.size() == 1);
  CHECK_FALSE(decoded("azure-sas", "sv=1&sig=x").decoded);
}

TEST_CASE("a service account key names its account and project", "[identify][decode]") {
  const std::string document =
      R"({"type": "service_account", "project_id": "shop-prod", "client_email" : "deploy@shop-prod.iam.gserviceaccount.com"})";
  CHECK(decoded("gcp-service-account", document).facts.at("project") == "shop-prod");
  CHECK(decoded("gcp-service-account", document).decoded->identity ==
        "service account deploy@shop-prod.iam.gserviceaccount.com");
  const Token parts =
      decoded("gcp-service-account", "key", {{"client_email", Secret("a@p.iam.gserviceaccount.com"), false}});
  CHECK(parts.facts.at("project") == "p");
  CHECK(decoded("gcp-service-account", "\"project_id\": ").facts.empty());
}

TEST_CASE("a login in a URL is sent with its escapes undone", "[identify][decode]") {
  const Token token = decoded("url-login", "p%40ss", {{"user", Secret("ana%2Bci"), false}});
  CHECK(token.secret.reveal() == "p%40ss");
  CHECK(token.companion("user")->value.reveal() == "ana+ci");
  CHECK(token.companion("password")->value.reveal() == "p@ss");
  CHECK(token.companion("password")->secret);
}

TEST_CASE("a cloud id tells the host of the cluster, unless an address stands there", "[identify][decode]") {
  const auto host = [](const std::string& inside, std::vector<Companion> more = {}) {
    more.push_back({"cluster", Secret("shop:" + base64(inside)), false});
    const Token token = decoded("elastic-cloud-id", "key", more);
    const Companion* found = token.companion("host");
    return found == nullptr ? std::string() : std::string(found->value.reveal());
  };
  CHECK(host("eu.example.com:9243$abc123$kib") == "abc123.eu.example.com:9243");
  CHECK(host("eu.example.com$abc123") == "abc123.eu.example.com");
  CHECK(host("eu.example.com$abc123$kib", {{"host", Secret("es.example.com"), false}}) == "es.example.com");
  CHECK(host("eu.example.com") == "");
  CHECK(host("eu.example.com/?$abc123$") == "");
  CHECK(host("$abc$") == "");
}

TEST_CASE("a secured key of Algolia carries its indices, filters and end", "[identify][decode]") {
  Provider algolia = provider();
  algolia.capabilities.push_back(capability("object.read", Effect::read, "index"));
  const auto read = [&](const std::string& restrictions) {
    Token token;
    token.secret = Secret(base64(std::string(64, 'a') + restrictions));
    TokenRule rule;
    rule.decode = {"algolia-secured"};
    decode(rule, algolia, token);
    return token;
  };
  const Token token = read("filters=owner%3A7&restrictIndices=%5B%22orders%22%2C%22old%22%5D&validUntil=1798761600");
  REQUIRE(token.decoded);
  CHECK(token.decoded->expires == "2027-01-01T00:00:00Z");
  CHECK(token.decoded->notes == std::vector<std::string>{"it sees records of one filter only: owner:7"});
  REQUIRE(token.decoded->grants.size() == 2);
  CHECK(token.decoded->grants[0].where == Where{{"index", "old"}});
  CHECK(token.decoded->grants[1].where == Where{{"index", "orders"}});
  CHECK(token.decoded->grants[1].proof == Proof::decoded);
  const Token free = read("");
  REQUIRE(free.decoded);
  REQUIRE(free.decoded->grants.size() == 1);
  CHECK(free.decoded->grants[0].where.everywhere());
  CHECK(read("validUntil=soon").decoded->expires.empty());
  // No HMAC in front: it says nothing.
  Token other;
  other.secret = Secret(base64("filters=owner%3A7" + std::string(64, 'a')));
  TokenRule rule;
  rule.decode = {"algolia-secured"};
  decode(rule, algolia, other);
  CHECK(!other.decoded);
}

TEST_CASE("hostile bytes decode to nothing and crash nothing", "[identify][decode]") {
  std::mt19937 random(20260425);
  const std::string seeds[] = {macaroon({R"([1, ["demo"]])"}), jwt({{"sub", "x"}, {"scope", "write"}}),
                               "fm2_" + base64(std::string("\x94\x90\xa1x\x92\x03\x91\x81\x09\x1f\xc4\x01x", 14))};
  for (int round = 0; round < 3000; ++round) {
    std::string text = seeds[static_cast<std::size_t>(round) % std::size(seeds)];
    for (int i = 0; i < 3; ++i) text[random() % text.size()] = static_cast<char>(32 + random() % 95);
    for (const std::string_view name : decoder_names()) decoded(std::string(name), text);
  }
  // Lengths that promise far more than there is, and nesting without end.
  using namespace std::string_literals;
  CHECK_FALSE(read_msgpack("\xdd\xff\xff\xff\xff"s));
  CHECK_FALSE(read_msgpack("\xdf\xff\xff\xff\xff\x00"s));
  CHECK_FALSE(read_msgpack("\xc6\xff\xff\xff\xff"s));
  CHECK_FALSE(read_msgpack(std::string(100'000, '\x91')));
  CHECK_FALSE(decoded("pypi-macaroon", "pypi-" + base64("\x02\x01\xff\xff\xff\xff\x0f")).decoded);
  CHECK_FALSE(decoded("pypi-macaroon", "pypi-" + base64("\x02\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff")).decoded);
  CHECK_FALSE(decoded("fly-macaroon", "fm2_" + std::string(60'000, 'k')).decoded);
}

TEST_CASE("base64 reads both alphabets and refuses the rest", "[identify][decode]") {
  CHECK(base64_decode("aGk=") == "hi");
  CHECK(base64_decode("aGk") == "hi");
  CHECK(base64_decode("_-8") == base64_decode("/+8="));
  CHECK(base64_decode("") == "");
  CHECK_FALSE(base64_decode("a"));
  CHECK_FALSE(base64_decode("a b="));
  CHECK(percent_decode("a%3Db%2") == "a=b%2");
  CHECK(iso_time(0) == "1970-01-01T00:00:00Z");
  CHECK(iso_time(999'999'999'999) == "never");
}

}  // namespace
}  // namespace overreach
