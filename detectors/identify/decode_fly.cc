// Fly.io macaroons: MessagePack, [nonce, location, caveats, tail].
//
// The caveats are a flat list of type, body, type, body; every one narrows the token. Those that
// name an organisation or apps carry a mask of actions; what is left is the intersection. No
// organisation caveat means everything its user may do. A caveat this file does not know
// narrows nothing here: the result is an upper bound. Layout and numbers: superfly/macaroon.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "detectors/identify/decode.h"
#include "detectors/identify/encoding.h"
#include "detectors/identify/msgpack.h"

namespace overreach {
namespace {

using Type = MsgPack::Type;

enum Action : unsigned { kRead = 1, kWrite = 2, kCreate = 4, kDelete = 8, kControl = 16, kAll = 31 };
enum Caveat : std::int64_t { kOrganization = 0, kApps = 3, kValidity = 4, kCommands = 27 };

/// What the caveats of one macaroon leave.
struct Limits {
  std::optional<std::int64_t> organization;       // 0: all of them
  std::optional<std::vector<std::int64_t>> apps;  // 0 among them: all of the organisation
  std::optional<std::int64_t> expires;            // seconds since 1970
  unsigned mask = kAll;
  bool commands = false;  // only listed commands on machines
};

const MsgPack* item(const MsgPack& list, std::size_t index, Type type) {
  if (!list.is(Type::list) || index >= list.items.size() || !list.items[index].is(type)) return nullptr;
  return &list.items[index];
}

void limit_organization(const MsgPack& body, Limits& limits) {
  const MsgPack* id = item(body, 0, Type::number);
  if (id == nullptr) return;
  limits.organization = id->number;
  if (const MsgPack* mask = item(body, 1, Type::number)) limits.mask &= static_cast<unsigned>(mask->number) & kAll;
}

void limit_apps(const MsgPack& body, Limits& limits) {
  const MsgPack* map = item(body, 0, Type::map);
  if (map == nullptr) return;
  std::vector<std::int64_t> apps;
  unsigned mask = 0;
  for (std::size_t i = 0; i + 1 < map->items.size(); i += 2) {
    if (!map->items[i].is(Type::number) || !map->items[i + 1].is(Type::number)) continue;
    apps.push_back(map->items[i].number);
    mask |= static_cast<unsigned>(map->items[i + 1].number) & kAll;
  }
  std::sort(apps.begin(), apps.end());
  limits.mask &= mask;
  limits.apps = std::move(apps);
}

Limits limits_of(const MsgPack& caveats) {
  Limits limits;
  for (std::size_t i = 0; i + 1 < caveats.items.size(); i += 2) {
    const MsgPack& body = caveats.items[i + 1];
    if (!caveats.items[i].is(Type::number)) continue;
    switch (caveats.items[i].number) {
      case kOrganization:
        limit_organization(body, limits);
        break;
      case kApps:
        limit_apps(body, limits);
        break;
      case kValidity:
        if (const MsgPack* end = item(body, 1, Type::number)) limits.expires = end->number;
        break;
      case kCommands:
        limits.commands = true;
        break;
      default:
        break;
    }
  }
  return limits;
}

/// The limits of one `fm2_…`; empty for discharges of other services and for what is no macaroon.
std::optional<Limits> read_macaroon(std::string_view text) {
  const std::size_t prefix = text.find('_');
  if (prefix == std::string_view::npos || !text.starts_with("fm")) return std::nullopt;
  const std::optional<std::string> bytes = base64_decode(text.substr(prefix + 1));
  const std::optional<MsgPack> value = bytes ? read_msgpack(*bytes) : std::nullopt;
  if (!value) return std::nullopt;
  const MsgPack* location = item(*value, 1, Type::text);
  const MsgPack* caveats = item(*value, 2, Type::list);
  if (location == nullptr || caveats == nullptr || location->text != "https://api.fly.io/v1") return std::nullopt;
  return limits_of(*caveats);
}

std::string letters(unsigned mask) {
  constexpr std::pair<unsigned, char> names[] = {
      {kRead, 'r'}, {kWrite, 'w'}, {kCreate, 'c'}, {kDelete, 'd'}, {kControl, 'C'}};
  std::string out;
  for (const auto& [bit, letter] : names)
    if ((mask & bit) != 0) out += letter;
  return out;
}

std::string_view kind_of(const Limits& limits) {
  if (limits.commands) return "machine-exec";
  if (limits.apps && std::find(limits.apps->begin(), limits.apps->end(), 0) == limits.apps->end()) return "deploy";
  if (!limits.organization) return "user";
  return limits.mask == kRead ? "readonly" : "org";
}

unsigned needed_action(Effect effect) {
  switch (effect) {
    case Effect::read:
      return kRead;
    case Effect::destroy:
      return kDelete;
    case Effect::spend:
      return kCreate;
    case Effect::admin:
      return kControl;
    default:
      return kWrite;
  }
}

/// One place for each app, or the organisation, or everywhere.
std::vector<Where> places(const Limits& limits) {
  Where organization;
  if (limits.organization.value_or(0) != 0) organization.set("organization", std::to_string(*limits.organization));
  if (!limits.apps || kind_of(limits) != "deploy") return {organization};
  std::vector<Where> out;
  for (const std::int64_t app : *limits.apps) {
    out.push_back(organization);
    out.back().set("app", std::to_string(app));
  }
  return out;
}

void describe(const Provider& provider, const Limits& limits, Token& token) {
  Powers& powers = decoded_of(token);
  powers.expires = limits.expires ? iso_time(*limits.expires) : "never";
  token.facts["actions"] = letters(limits.mask);
  if (limits.organization) powers.identity = fmt::format("organization {}", *limits.organization);
  for (const Where& where : places(limits)) {
    powers.scopes.insert(std::string(kind_of(limits)) + " " + where.text() + " " + letters(limits.mask));
    settle_kind(provider, token, kind_of(limits), where);
  }
  const auto out_of_mask = [&](const Grant& grant) { return (needed_action(grant.effect) & limits.mask) == 0; };
  powers.grants.erase(std::remove_if(powers.grants.begin(), powers.grants.end(), out_of_mask), powers.grants.end());
}

}  // namespace

void decode_fly_macaroon(const TokenRule&, const Provider& provider, Token& token) {
  std::string_view text = token.secret.reveal();
  if (text.starts_with("FlyV1")) text.remove_prefix(5);
  // A bundle holds the permission and the discharges it needs; the first permission counts.
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view one = text.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (const std::optional<Limits> limits = read_macaroon(one)) return describe(provider, *limits, token);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
}

}  // namespace overreach
