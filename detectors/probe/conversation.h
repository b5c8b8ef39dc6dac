// Holds the conversation that a provider file describes.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "detectors/probe/answer.h"
#include "detectors/probe/session.h"

namespace overreach {

/// A resource the provider listed, with the variables that later steps need.
struct Item {
  std::string type;
  std::string id;
  std::string name;
  Where where;
  bool boundary = false;
  bool hidden = false;
  std::map<std::string, std::string> variables;  // its own and those of what it lies in: "volume.instance"
};

/// A scope the provider named. No place: wherever the token reaches.
struct NamedScope {
  std::string scope;
  std::optional<Where> where;
  bool shown = false;  // proven by an answer, not named
};

/// A list that could not be read, or not to its end: types that are missing below a place.
struct Gap {
  std::set<std::string> types;
  Where where;
};

/// What a conversation learned. Plain data.
struct Heard {
  bool asked = false;  // at least one step applied
  bool alive = false;
  std::vector<std::string> dead;     // why, one for each step that was told so
  std::vector<std::string> unknown;  // why, one for each step without an answer
  std::string kind;
  std::string identity;
  std::string expires;
  bool scopes_named = false;  // an answer had a place for scopes, maybe an empty one
  std::vector<NamedScope> scopes;
  std::vector<Item> items;
  std::vector<Gap> gaps;
  std::vector<Where> unread;  // where scopes may hold that nobody asked about, for lack of budget
  std::vector<std::string> notes;
};

/// Asks every step of the provider's probe that applies. `session` is open. Never throws.
Heard converse(Session& session);

/// True when `step` may be asked about a token that can be `kinds`.
bool step_is_for(const ProbeStep& step, const std::vector<std::string>& kinds);

/// "GET /user", "query apiToken".
std::string request_text(const ProbeStep& step);

}  // namespace overreach
