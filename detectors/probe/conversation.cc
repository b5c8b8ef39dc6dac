#include "detectors/probe/conversation.h"

#include <algorithm>
#include <chrono>

#include "detectors/probe/collect.h"
#include "rules/catalog/graphql_document.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

std::int64_t now_in_seconds() {
  using namespace std::chrono;
  return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

/// The URL of the page after this one in the link header (RFC 8288), or empty.
std::string next_link(const Response& response) {
  const std::string_view header = response.header("link");
  for (std::size_t open = header.find('<'); open != std::string_view::npos; open = header.find('<', open + 1)) {
    const std::size_t close = header.find('>', open);
    if (close == std::string_view::npos) break;
    const std::string_view rest = header.substr(close, header.find('<', close) - close);
    if (rest.find("rel=\"next\"") != std::string_view::npos)
      return std::string(header.substr(open + 1, close - open - 1));
  }
  return {};
}

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
        heard_.notes.push_back("only the first " + std::to_string(i) + " of " + std::to_string(items.size()) + " " +
                               step.for_each + "s were asked about (" + step.id + ")");
        for (; i < items.size(); ++i) add_gap(step, &items[i]);
        return;
      }
      ask(step, &items[i]);
    }
  }

  std::vector<Item> wanted_items(const ProbeStep& step) const {
    std::vector<Item> out;
    for (const Item& item : heard_.items) {
      const auto fits = [&](const auto& wanted) {
        const auto it = item.variables.find(item.type + "." + wanted.first);
        return it != item.variables.end() && it->second == wanted.second;
      };
      if (item.type == step.for_each && std::all_of(step.only.begin(), step.only.end(), fits)) out.push_back(item);
    }
    return out;
  }

  /// Asks one question, to the last page.
  void ask(const ProbeStep& step, const Item* item) {
    std::string cursor;  // or the URL of the next page
    for (unsigned page = 1;; ++page) {
      const auto answer = request(step, item, cursor);
      if (!answer) return no_answer(step, item, answer.error().message);
      const Judgement judgement = judge_answer(step, *answer, spec_.messages);
      if (judgement.outcome != Outcome::alive) return not_alive(step, item, judgement);
      take(step, *answer, item);
      cursor = next_page(step, *answer);
      if (cursor.empty()) return;
      if (page < step.pages->limit) continue;
      add_gap(step, item);
      heard_.notes.push_back("the list of " + step.id + " is longer than was read");
      return;
    }
  }

  Result<Answer> request(const ProbeStep& step, const Item* item, const std::string& cursor) {
    if (failures_ >= 3) return fail(Error::Kind::network, "not asked after three failures in a row");
    auto call = make_call(step, item, cursor);
    if (!call) return tl::unexpected<Error>(call.error());
    auto response = session_.send(*call);
    auto answer =
        response ? read_answer(std::move(*response)) : Result<Answer>(tl::unexpected<Error>(response.error()));
    failures_ = answer ? 0 : failures_ + 1;
    return answer;
  }

  // --- the request

  Lookup lookup(const Item* item, bool with_secret) const {
    return [this, item, with_secret](const std::string& name) -> std::optional<std::string> {
      if (name == "secret" && with_secret) return std::string(session_.token().secret.reveal());
      if (name.rfind("companion.", 0) == 0) {
        const Companion* companion = session_.token().companion(name.substr(10));
        if (companion == nullptr || (companion->secret && !with_secret)) return std::nullopt;
        return std::string(companion->value.reveal());
      }
      if (item == nullptr) return std::nullopt;
      const auto it = item->variables.find(name);
      return it == item->variables.end() ? std::nullopt : std::optional(it->second);
    };
  }

  Result<Call> make_call(const ProbeStep& step, const Item* item, const std::string& cursor) const {
    auto url = make_url(step, item, cursor);
    if (!url) return tl::unexpected<Error>(url.error());
    Call call{.method = step.method,
              .url = std::move(*url),
              .headers = {},
              .content_type = step.content_type,
              .body = Secret(),
              .reason = step.reason};
    std::map<std::string, std::string> headers = spec_.headers;
    for (const auto& [name, value] : step.headers.empty() ? accepted_headers_ : step.headers) headers[name] = value;
    for (const auto& [name, value] : headers) {
      auto filled = fill(value, lookup(item, true));
      if (!filled) return fail(Error::Kind::refused, "the header " + name + " needs a value that was not found");
      call.headers.push_back({name, Secret(std::move(*filled))});
    }
    auto body = make_body(step, item, cursor);
    if (!body) return tl::unexpected<Error>(body.error());
    call.body = std::move(*body);
    return call;
  }

  Result<std::string> make_url(const ProbeStep& step, const Item* item, const std::string& cursor) const {
    if (!cursor.empty() && step.pages->link) return same_host(cursor);
    const Lookup plain = lookup(item, false);
    auto path = fill(step.target, [&](const std::string& name) -> std::optional<std::string> {
      const auto value = plain(name);
      return value ? std::optional(percent_encoded(*value)) : std::nullopt;
    });
    if (!path) return fail(Error::Kind::refused, "the step " + step.id + " needs a value that was not found");
    if (!cursor.empty() && step.method == ProbeMethod::get)
      *path +=
          (path->find('?') == std::string::npos ? "?" : "&") + step.pages->variable + "=" + percent_encoded(cursor);
    return url_at(session_.target(), session_.provider(), *path);
  }

  /// A link to the next page leads to where the page came from, or nowhere.
  Result<std::string> same_host(const std::string& url) const {
    const Target& target = session_.target();
    const std::size_t scheme = url.find("://");
    if (scheme == std::string::npos) return fail(Error::Kind::refused, "the next page is not an absolute URL");
    const std::size_t slash = url.find('/', scheme + 3);
    if (target.overridden && slash != std::string::npos && is_loopback_host(host_of(url)))
      return target.base.substr(0, target.base.find('/', target.base.find("://") + 3)) + url.substr(slash);
    if (host_of(url) != host_of(target.base)) return fail(Error::Kind::refused, "the next page is on another host");
    return url;
  }

  Result<Secret> make_body(const ProbeStep& step, const Item* item, const std::string& cursor) const {
    if (step.method == ProbeMethod::get) return Secret();
    if (step.method == ProbeMethod::post) {
      auto body = fill(step.body, lookup(item, true));
      if (!body) return fail(Error::Kind::refused, "the body needs a value that was not found");
      return Secret(std::move(*body));
    }
    Json variables = Json::object();
    for (const auto& [name, value] : step.variables) {
      const auto filled = fill(value, lookup(item, false));
      if (!filled) return fail(Error::Kind::refused, "the variable " + name + " needs a value that was not found");
      variables[name] = *filled;
    }
    if (!cursor.empty()) variables[step.pages->variable] = cursor;
    const Json body{{"query", step.query}, {"variables", variables}};
    return Secret(body.dump(-1, ' ', false, Json::error_handler_t::replace));
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
      return name == "secret" ? std::nullopt : lookup(item, false)(name);
    };
  }

  std::string identity(const ProbeStep& step, const Answer& answer, const Item* item) const {
    for (const std::string& text : step.identity)
      if (const auto filled = fill(text, text_lookup(answer, item))) return session_.safe(*filled);
    return {};
  }

  std::string next_page(const ProbeStep& step, const Answer& answer) const {
    if (!step.pages) return {};
    if (step.pages->link) return next_link(answer.response);
    if (!step.pages->more.empty() && text_at(answer.json, step.pages->more) != "true") return {};
    return text_at(answer.json, step.pages->cursor).value_or("");
  }

  void not_alive(const ProbeStep& step, const Item* item, const Judgement& judgement) {
    if (judgement.outcome == Outcome::unknown) return no_answer(step, item, judgement.why);
    if (judgement.outcome == Outcome::dead && !heard_.alive) {
      heard_.dead.push_back(judgement.why);
      return;
    }
    heard_.alive = true;
    if (!step.kind_if_refused.empty() && session_.token().kinds.size() != 1) heard_.kind = step.kind_if_refused;
    if (step.resources.empty()) return;
    add_gap(step, item);
    add_note(unread(step, item) + ": not allowed");
  }

  void no_answer(const ProbeStep& step, const Item* item, const std::string& why) {
    heard_.unknown.push_back(why);
    if (!heard_.alive) return;
    if (!step.resources.empty()) add_gap(step, item);
    add_note(unread(step, item) + ": " + session_.provider().title + " " + why);
  }

  static std::string unread(const ProbeStep& step, const Item* item) {
    std::string out = step.id + " could not be read";
    if (item != nullptr) out += " for " + item->type + " " + (item->name.empty() ? item->id : item->name);
    return out;
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

  Session& session_;
  const ProbeSpec& spec_;
  Heard heard_;
  std::map<std::string, std::string> accepted_headers_;
  unsigned failures_ = 0;  // requests in a row
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
