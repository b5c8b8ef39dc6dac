// What a credential can do, and where: the vocabulary that reach and need share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace overreach {

/// The kind of power. Ordered by how much it hurts when it is misused.
enum class Effect : std::uint8_t {
  read,         // sees data or metadata
  write,        // changes what can be changed back
  spend,        // creates billable things, makes paid calls
  send,         // a message, payment or publication leaves the account
  impersonate,  // acts as somebody else
  exec,         // makes supplied code, SQL or commands run; deploys
  secrets,      // returns or replaces secret values
  admin,        // grants power to others: members, roles, tokens, policies
  destroy,      // loses data, access or a running thing
};

std::string_view to_string(Effect effect);
std::optional<Effect> parse_effect(std::string_view text);

/// One row of a provider's table. Ids are unique within a provider ("volume.destroy").
struct Capability {
  std::string id;
  std::string title;  // "delete a volume and what is on it"
  Effect effect = Effect::read;
  std::string resource;               // "volume"
  std::string undo = "unknown";       // "none", "unknown", or the window in words ("48 h")
  bool takes_backups = false;         // the act also destroys the backups of the resource
  std::vector<std::string> includes;  // capabilities that come with it (a write that implies a read)

  /// True when the provider documents a way back.
  bool reversible() const { return undo != "none" && undo != "unknown"; }
};

/// Where a capability holds: dimension -> value, such as {environment: production,
/// project: rentals}. A dimension that is absent is not restricted, so the empty
/// Where is everywhere. Sorted by dimension; values are names where known, else ids.
class Where {
 public:
  Where() = default;
  Where(std::initializer_list<std::pair<std::string, std::string>> entries);

  /// Replaces the value of one dimension; "*" and "" remove the restriction.
  void set(std::string_view dimension, std::string_view value);
  /// Empty when the dimension is not restricted.
  std::string_view get(std::string_view dimension) const;
  const std::vector<std::pair<std::string, std::string>>& entries() const { return entries_; }
  bool everywhere() const { return entries_.empty(); }

  /// True when everything `other` names lies inside this one.
  bool covers(const Where& other) const;
  /// False when some dimension has different values in both: no common place.
  bool meets(const Where& other) const;
  /// "environment production, project rentals"; "everywhere" when unrestricted.
  std::string text() const;

  auto operator<=>(const Where&) const = default;

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

/// How we know that a grant is there. Ordered from weakest to strongest.
enum class Proof : std::uint8_t {
  assumed,     // nobody says no: worst case
  documented,  // the provider documents it for this kind of token
  decoded,     // the token itself carries it (macaroon, JWT, SAS)
  proven,      // the provider answered so, now
};

std::string_view to_string(Proof proof);

/// One capability at one place, with its proof.
struct Grant {
  std::string capability;
  Effect effect = Effect::read;
  Where where;
  Proof proof = Proof::assumed;
  auto operator<=>(const Grant&) const = default;
};

enum class Environment : std::uint8_t { unknown, development, staging, production };
std::string_view to_string(Environment environment);

/// Reads an environment out of a name by whole words ("prod", "stg", "e2e"; camel case
/// and -_./: split words; `product` and `latest` are no hints). Source: naming practice.
Environment environment_of(std::string_view name);

}  // namespace overreach
