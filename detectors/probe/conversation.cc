#include "detectors/probe/conversation.h"

#include <algorithm>
#include <chrono>

#include "detectors/probe/collect.h"
#include "detectors/probe/compose.h"
#include "rules/catalog/graphql_document.h"

namespace overreach {
namespace {

std::int64_t now_in_seconds() {
  using namespace std::chrono;
  return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

constexpr unsigned kPatience = 3;  // failures in a row

/// The state of one conversation.
class Conversation {
 public:
  explicit Conversation(Session& session) : session_(session), spec_(session.provider().probe) {}

  Heard run() {
    const auto& kinds = session_.token().kinds;
    if (kinds.size() == 1) heard_.kind = kinds[0];
    for (const ProbeStep& step : spec_.steps) {
      if (!step_is_for(step, kinds) || !applies(step)) continue;
      heard_.asked = true;
      if (step.for_each.empty())
        ask(step, nullptr);
      else
        ask_each(step);
      if (hopeless()) break;
    }
    note_what_was_left_out();
    return std::move(heard_);
  }

 private:
  bool applies(const ProbeStep& step) const {
    if (step.if_alive && *step.if_alive != heard_.alive) return false;
    if (step.if_kind.empty()) return true;
    return contains(step.if_kind, heard_.kind.empty() ? "unknown" : heard_.kind);
  }

  /// No answer to the first questions: further ones would only cost time and trust.
  bool hopeless() const { return !heard_.alive && !heard_.unknown.empty(); }

  void ask_each(const ProbeStep& step) {
    const std::vector<Item> items = wanted_items(step);
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (step.limit != 0 && i == step.limit) {
        add_note("only the first " + std::to_string(i) + " of " + std::to_string(items.size()) + " (" + step.for_each +
                 ") were asked about");
        for (; i < items.size(); ++i) {
          add_gap(step, &items[i]);
          add_unread(step, &items[i]);
        }
        return;
      }
      ask(step, &items[i]);
    }
  }

  /// What a step is asked for, production first.
  std::vector<Item> wanted_items(const ProbeStep& step) const {
    std::vector<Item> out;
    for (const Item& item : heard_.items) {
      const auto fits = [&](const auto& wanted) {
        const auto it = item.variables.find(item.type + "." + wanted.first);
        return it != item.variables.end() && it->second == wanted.second;
      };
      if (item.type == step.for_each && std::all_of(step.only.begin(), step.only.end(), fits)) out.push_back(item);
    }
    // The budget may end before the list does.
    std::stable_partition(out.begin(), out.end(), [](const Item& item) {
      return environment_of(item.where.get("environment")) == Environment::production;
    });
    return out;
  }

  /// Asks one question, to the last page.
  void ask(const ProbeStep& step, const Item* item) {
    std::string cursor;  // or the URL of the next page
    for (unsigned page = 1;; ++page) {
      const auto answer = request(step, item, cursor);
      if (!answer && !session_.exhausted().empty()) return leave_out(step, item);
      if (!answer) return no_answer(step, item, answer.error().message);
      const Judgement judgement = judge_answer(step, *answer, spec_.messages);
      if (judgement.outcome != Outcome::alive) return not_alive(step, item, judgement);
      take(step, *answer, item);
      cursor = next_page(step, *answer);
      if (cursor.empty()) return complete(step, item);
      if (page < step.pages->limit) continue;
      add_gap(step, item);
      add_note("the list of " + step.id + " is longer than was read");
      return;
    }
  }

  Result<Answer> request(const ProbeStep& step, const Item* item, const std::string& cursor) {
    if (failures_ >= kPatience) return fail(Error::Kind::network, "was not asked again after three failures in a row");
    auto call = compose(session_, step, item, cursor, accepted_headers_);
    if (!call) return tl::unexpected<Error>(call.error());
    auto response = session_.send(*call);
    auto answer =
        response ? read_answer(std::move(*response)) : Result<Answer>(tl::unexpected<Error>(response.error()));
    failures_ = answer ? 0 : failures_ + 1;
    return answer;
  }

  // --- the answer

  void take(const ProbeStep& step, const Answer& answer, const Item* item) {
    if (!heard_.alive) accepted_headers_ = step.headers;
    heard_.alive = true;
    take_kind(step, answer);
    if (heard_.identity.empty()) heard_.identity = identity(step, answer, item);
    if (step.expires && heard_.expires.empty())
      heard_.expires = collect_expiry(*step.expires, answer, now_in_seconds());
    if (const auto scopes = collect_scopes(step, answer, item, session_)) {
      heard_.scopes_named = true;
      heard_.scopes.insert(heard_.scopes.end(), scopes->begin(), scopes->end());
    }
    for (const std::string& scope : step.shows)
      heard_.scopes.push_back(
          {.scope = scope, .where = item == nullptr ? std::nullopt : std::optional(item->where), .shown = true});
    collect_resources(step, answer.json, item, session_, heard_.items);
    for (const NoteSource& note : step.notes)
      if (holds(note.test, answer, spec_.messages))
        if (const auto text = fill(note.say, text_lookup(answer, item))) add_note(session_.safe(*text));
  }

  void take_kind(const ProbeStep& step, const Answer& answer) {
    if (session_.token().kinds.size() == 1) return;  // its shape says it
    for (const KindProof& proof : step.kinds)
      if (holds(proof.test, answer, spec_.messages)) {
        heard_.kind = proof.kind;
        return;
      }
  }

  Lookup text_lookup(const Answer& answer, const Item* item) const {
    return [this, &answer, item](const std::string& name) -> std::optional<std::string> {
      if (name[0] == '/') return text_at(answer.json, name);
      return values_of(session_, item, false)(name);
    };
  }

  std::string identity(const ProbeStep& step, const Answer& answer, const Item* item) const {
    for (const std::string& text : step.identity)
      if (const auto filled = fill(text, text_lookup(answer, item))) return session_.safe(*filled);
    return {};
  }

  void not_alive(const ProbeStep& step, const Item* item, const Judgement& judgement) {
    if (judgement.outcome == Outcome::unknown) return no_answer(step, item, judgement.why);
    if (judgement.outcome == Outcome::dead && !heard_.alive) {
      heard_.dead.push_back(judgement.why);
      return;
    }
    heard_.alive = true;
    if (!step.kind_if_refused.empty() && session_.token().kinds.size() != 1) heard_.kind = step.kind_if_refused;
    if (!leaves_a_gap(step, item)) return;
    add_gap(step, item);
    add_note(unread(step, item) + ": not allowed");
  }

  void no_answer(const ProbeStep& step, const Item* item, const std::string& why) {
    heard_.unknown.push_back(why);
    if (!heard_.alive) return;
    if (leaves_a_gap(step, item)) add_gap(step, item);
    // One sentence for all that was given up, not one for each item.
    add_note(unread(step, failures_ >= kPatience ? nullptr : item) + ": " + session_.provider().title + " " + why);
  }

  /// Nothing more can be asked about this token. One note says so for all steps.
  void leave_out(const ProbeStep& step, const Item* item) {
    ++left_out_[step.id];
    if (!heard_.alive) heard_.unknown.push_back("was not asked: " + session_.exhausted());
    if (leaves_a_gap(step, item)) add_gap(step, item);
    add_unread(step, item);
  }

  void note_what_was_left_out() {
    if (left_out_.empty() || !heard_.alive) return;
    std::string names;
    for (const ProbeStep& step : spec_.steps) {
      const auto it = left_out_.find(step.id);
      if (it == left_out_.end()) continue;
      names += (names.empty() ? "" : ", ") + step.id;
      if (it->second > 1) names += " (" + std::to_string(it->second) + " times)";
    }
    add_note("left out: " + names + ", since " + session_.exhausted());
  }

  static std::string unread(const ProbeStep& step, const Item* item) {
    std::string out = step.id + " could not be read";
    if (item == nullptr) return out;
    return out + " for " + (item->where.everywhere() ? item->type + " " + item->id : item->where.text());
  }

  void add_note(std::string note) {
    if (!contains(heard_.notes, note)) heard_.notes.push_back(std::move(note));
  }

  // --- what is missing

  static void add_types(const std::vector<ResourceSource>& sources, std::set<std::string>& types) {
    for (const ResourceSource& source : sources) {
      types.insert(source.type);
      add_types(source.inside, types);
    }
  }

  /// Types that `step` would have listed, and those that later steps list for each of them.
  void add_gap(const ProbeStep& step, const Item* item) {
    std::set<std::string> types;
    add_types(step.resources, types);
    for (const ProbeStep& later : spec_.steps)
      if (types.count(later.for_each) != 0) add_types(later.resources, types);
    if (!types.empty()) heard_.gaps.push_back({std::move(types), item == nullptr ? Where() : item->where});
  }

  static bool names_powers(const ProbeStep& step) { return !step.scopes.empty() || !step.shows.empty(); }

  /// Powers that `step`, or a later one for what it lists, would have named.
  void add_unread(const ProbeStep& step, const Item* item) {
    std::set<std::string> types;
    add_types(step.resources, types);
    const bool names =
        names_powers(step) || std::any_of(spec_.steps.begin(), spec_.steps.end(), [&](const auto& later) {
          return types.count(later.for_each) != 0 && names_powers(later);
        });
    if (names) heard_.unread.push_back(item == nullptr ? Where() : item->where);
  }

  /// A list that does not depend on another was read to its end.
  void complete(const ProbeStep& step, const Item* item) {
    if (item == nullptr) add_types(step.resources, complete_);
  }

  /// What `step` would have listed was not given by another step either: the workspaces of a
  /// token may also be those of the user behind it.
  bool leaves_a_gap(const ProbeStep& step, const Item* item) const {
    if (step.resources.empty()) return false;
    std::set<std::string> types;
    add_types(step.resources, types);
    return item != nullptr || !std::includes(complete_.begin(), complete_.end(), types.begin(), types.end());
  }

  Session& session_;
  const ProbeSpec& spec_;
  Heard heard_;
  std::map<std::string, std::string> accepted_headers_;
  std::set<std::string> complete_;            // types
  std::map<std::string, unsigned> left_out_;  // step ids, and how often
  unsigned failures_ = 0;                     // requests in a row
};

}  // namespace

Heard converse(Session& session) { return Conversation(session).run(); }

bool step_is_for(const ProbeStep& step, const std::vector<std::string>& kinds) {
  return step.tokens.empty() ||
         std::any_of(step.tokens.begin(), step.tokens.end(), [&](const auto& kind) { return contains(kinds, kind); });
}

std::string request_text(const ProbeStep& step) {
  if (step.method == ProbeMethod::graphql) return "query " + graphql_root_field(step.query);
  return (step.method == ProbeMethod::get ? "GET " : "POST ") + step.target;
}

}  // namespace overreach
