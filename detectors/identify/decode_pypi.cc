// PyPI upload tokens: macaroons in the binary form of libmacaroons, version 2.
//
//   02                                  version
//   (01 len location) (02 len id) 00    header
//   (02 len caveat) 00                  ... for each caveat
//   00 (06 len signature)               end
//
// Every caveat is JSON and narrows the token further. Two generations of caveats are in use:
// lists that begin with a number, and objects. What cannot be read narrows nothing here: the
// result is an upper bound.
#include <nlohmann/json.hpp>
#include <optional>

#include "detectors/identify/decode.h"
#include "detectors/identify/encoding.h"

namespace overreach {
namespace {

using nlohmann::json;

/// Reads fields off the front of the bytes. Every length is checked against what is left.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }

  std::optional<std::uint64_t> number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 35 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  std::optional<std::string_view> field() {
    const std::optional<std::uint64_t> length = number();
    if (!length || *length > rest_.size()) return std::nullopt;
    const std::string_view data = rest_.substr(0, *length);
    rest_.remove_prefix(*length);
    return data;
  }

 private:
  std::string_view rest_;
};

/// The caveats of a macaroon; empty optional when the bytes are no macaroon.
std::optional<std::vector<std::string_view>> caveats_of(std::string_view bytes) {
  Reader reader(bytes);
  if (reader.number() != 2) return std::nullopt;
  std::vector<std::string_view> caveats;
  bool header = true;
  bool section_empty = true;
  while (!reader.at_end()) {
    const std::optional<std::uint64_t> type = reader.number();
    if (!type) return std::nullopt;
    if (*type == 0) {
      if (!header && section_empty) return caveats;
      header = false;
      section_empty = true;
      continue;
    }
    const std::optional<std::string_view> data = reader.field();
    if (!data) return std::nullopt;
    if (!header && *type == 2) caveats.push_back(*data);
    section_empty = false;
  }
  return std::nullopt;
}

struct Scope {
  std::vector<std::string> projects;  // names, or ids where only those are known
  bool restricted = false;            // some caveat names projects
  bool account = false;               // some caveat says "user"
  bool publisher = false;             // made for a trusted publisher
  std::optional<std::int64_t> expires;
};

void restrict_to(Scope& scope, const json& names) {
  if (!names.is_array()) return;
  // Names say more than ids: the first list is the one with names.
  const bool first = !scope.restricted;
  scope.restricted = true;
  for (const json& name : names)
    if (first && name.is_string() && scope.projects.size() < 100)
      scope.projects.push_back(plain(name.get_ref<const std::string&>()));
}

void expire(Scope& scope, const json& when) {
  if (!when.is_number_integer()) return;
  const auto at = when.get<std::int64_t>();
  scope.expires = scope.expires ? std::min(*scope.expires, at) : at;
}

void read_list(Scope& scope, const json& caveat) {
  if (caveat.size() < 2 || !caveat[0].is_number_integer()) return;
  switch (caveat[0].get<std::int64_t>()) {
    case 0:
      expire(scope, caveat[1]);
      break;
    case 1:
    case 2:
      restrict_to(scope, caveat[1]);
      break;
    case 3:
      scope.account = true;
      break;
    case 4:
      scope.publisher = true;
      break;
    default:
      break;
  }
}

void read_object(Scope& scope, const json& caveat) {
  if (const auto exp = caveat.find("exp"); exp != caveat.end()) expire(scope, *exp);
  if (const auto ids = caveat.find("project_ids"); ids != caveat.end()) restrict_to(scope, *ids);
  const auto permissions = caveat.find("permissions");
  if (permissions == caveat.end()) return;
  if (*permissions == "user") scope.account = true;
  if (permissions->is_object() && permissions->contains("projects")) restrict_to(scope, (*permissions)["projects"]);
}

Scope read_caveats(const std::vector<std::string_view>& caveats) {
  Scope scope;
  for (const std::string_view bytes : caveats) {
    const json caveat = json::parse(bytes, nullptr, false);
    if (caveat.is_array()) read_list(scope, caveat);
    if (caveat.is_object()) read_object(scope, caveat);
  }
  return scope;
}

}  // namespace

void decode_pypi_macaroon(const TokenRule&, const Provider& provider, Token& token) {
  std::string_view text = token.secret.reveal();
  if (text.starts_with("pypi-")) text.remove_prefix(5);
  const std::optional<std::string> bytes = base64_decode(text);
  const auto caveats = bytes ? caveats_of(*bytes) : std::nullopt;
  if (!caveats) return;
  const Scope scope = read_caveats(*caveats);
  Powers& powers = decoded_of(token);
  powers.expires = scope.expires ? iso_time(*scope.expires) : "never";
  if (!scope.restricted) {
    powers.scopes.insert("user");
    settle_kind(provider, token, "account", {});
    return;
  }
  const std::string kind = scope.publisher ? "trusted-publisher" : "project";
  for (const std::string& project : scope.projects) {
    powers.scopes.insert("project " + project);
    settle_kind(provider, token, kind, {{"project", project}});
  }
  if (scope.projects.empty() && provider.kind(kind) != nullptr) {
    token.kinds = {kind};
    powers.kind = kind;
    powers.notes.push_back("Its caveats leave no project to upload to.");
  }
}

}  // namespace overreach
