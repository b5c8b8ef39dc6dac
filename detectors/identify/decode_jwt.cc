// JSON Web Tokens (RFC 7519): the claims, read and not verified.
//
// The issuer is whatever the token says. It is shown, and never asked: a scanned file must not
// decide where a request goes.
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "detectors/identify/decode.h"
#include "detectors/identify/encoding.h"

namespace overreach {
namespace {

using nlohmann::json;

std::optional<json> part(std::string_view text) {
  const std::optional<std::string> bytes = base64_decode(text);
  if (!bytes) return std::nullopt;
  json value = json::parse(*bytes, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  return value;
}

struct Jwt {
  json header, claims;
};

std::optional<Jwt> read_jwt(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  std::optional<json> header = part(text.substr(0, first));
  std::optional<json> claims = part(text.substr(first + 1, second - first - 1));
  if (!header || !claims) return std::nullopt;
  return Jwt{std::move(*header), std::move(*claims)};
}

std::string word(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? plain(it->get_ref<const std::string&>()) : std::string();
}

std::optional<std::int64_t> seconds(const json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number()) return std::nullopt;
  const double value = it->get<double>();
  // Beyond this a double is no whole number of seconds any more.
  if (!(value >= 0 && value < 9e15)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

/// A claim that is one word, several in one string, or a list.
std::vector<std::string> words(const json& claims, const char* key) {
  std::vector<std::string> out;
  const auto it = claims.find(key);
  if (it == claims.end()) return out;
  const auto split = [&](std::string_view text) {
    while (!text.empty()) {
      const std::size_t space = text.find(' ');
      if (space != 0) out.push_back(plain(text.substr(0, space)));
      text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
    }
  };
  if (it->is_string()) split(it->get_ref<const std::string&>());
  if (it->is_array())
    for (const json& entry : *it)
      if (entry.is_string() && out.size() < 200) out.push_back(plain(entry.get_ref<const std::string&>()));
  return out;
}

void set_fact(Token& token, const char* name, std::string value) {
  if (!value.empty()) token.facts[name] = std::move(value);
}

void set_lifetime(const json& claims, Token& token) {
  const std::optional<std::int64_t> end = seconds(claims, "exp");
  decoded_of(token).expires = end ? iso_time(*end) : claims.contains("exp") ? std::string() : "never";
  if (const auto issued = seconds(claims, "iat")) set_fact(token, "issued", iso_time(*issued));
}

std::string identity(const json& claims) {
  for (const char* key : {"email", "preferred_username", "unique_name", "sub", "client_id", "azp", "appid"})
    if (std::string name = word(claims, key); !name.empty()) return name;
  return {};
}

void describe(const Jwt& jwt, Token& token) {
  set_fact(token, "algorithm", word(jwt.header, "alg"));
  set_fact(token, "issuer", word(jwt.claims, "iss"));
  set_fact(token, "subject", word(jwt.claims, "sub"));
  const std::vector<std::string> audience = words(jwt.claims, "aud");
  if (!audience.empty()) set_fact(token, "audience", audience.front());
  set_lifetime(jwt.claims, token);
  decoded_of(token).identity = identity(jwt.claims);
  if (word(jwt.header, "alg") == "none") decoded_of(token).notes.push_back("The token is not signed (alg none).");
}

/// `orders:write` says `write` of something only its issuer knows.
void grant_claim(const Provider& provider, Powers& powers, const std::string& scope) {
  const std::size_t verb = scope.find_last_of(":./");
  const auto it = verb == std::string::npos ? provider.grants.end() : provider.grants.find(scope.substr(verb + 1));
  if (provider.grants.contains(scope) || it == provider.grants.end()) return grant_scope(provider, powers, scope, {});
  powers.scopes.insert(scope);
  grant(provider, powers, it->second, {{"scope", scope.substr(0, verb)}}, Proof::decoded);
}

}  // namespace

void decode_jwt(const TokenRule&, const Provider& provider, Token& token) {
  const std::optional<Jwt> jwt = read_jwt(token.secret.reveal());
  if (!jwt) return;
  describe(*jwt, token);
  for (const char* key : {"scope", "scp", "scopes", "permissions", "roles", "role", "groups"})
    for (const std::string& scope : words(jwt->claims, key)) grant_claim(provider, decoded_of(token), scope);
}

/// Keys of a Supabase project before `sb_secret_`: the role is a claim. service_role goes past
/// row level security, anon is meant to be published.
void decode_supabase_jwt(const TokenRule&, const Provider& provider, Token& token) {
  const std::optional<Jwt> jwt = read_jwt(token.secret.reveal());
  if (!jwt) return;
  describe(*jwt, token);
  const std::string role = word(jwt->claims, "role");
  const std::string project = word(jwt->claims, "ref");
  set_fact(token, "role", role);
  set_fact(token, "project", project);
  Where where;
  where.set("project", project);
  decoded_of(token).identity = role.empty() ? std::string() : "role " + role;
  if (role == "anon") token.sensitivity = "publishable";
  const std::string kind = role == "service_role" ? "service-role" : role;
  if (role.empty() || settle_kind(provider, token, kind, where)) return;
  grant_scope(provider, decoded_of(token), role, where);
}

}  // namespace overreach
