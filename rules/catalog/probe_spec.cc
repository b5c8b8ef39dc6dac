#include "rules/catalog/probe_spec.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "rules/catalog/graphql_document.h"
#include "scanner/base/result.h"

namespace overreach {
namespace {

using Json = nlohmann::json;
using TextMap = std::map<std::string, std::string>;

/// YAML has numbers and booleans where people mean text: `is: [true]`.
std::string as_text(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string text(const Json& json, const char* name, std::string otherwise = {}) {
  const auto it = json.find(name);
  return it == json.end() ? std::move(otherwise) : as_text(*it);
}

std::vector<std::string> texts(const Json& json, const char* name) {
  std::vector<std::string> out;
  const auto it = json.find(name);
  if (it == json.end()) return out;
  if (!it->is_array()) return {as_text(*it)};
  for (const Json& value : *it) out.push_back(as_text(value));
  return out;
}

TextMap text_map(const Json& json, const char* name) {
  TextMap out;
  if (const auto it = json.find(name); it != json.end())
    for (const auto& [key, value] : it->items()) out[key] = as_text(value);
  return out;
}

/// Every element of the list `name`, read by `read`.
template <class Read>
auto list(const Json& json, const char* name, Read read) {
  std::vector<decltype(read(json))> out;
  if (const auto it = json.find(name); it != json.end())
    for (const Json& value : *it) out.push_back(read(value));
  return out;
}

AnswerTest test_from(const Json& json) {
  AnswerTest test{.status = {},
                  .at = text(json, "at"),
                  .is = texts(json, "is"),
                  .begins = texts(json, "begins"),
                  .error = texts(json, "error"),
                  .empty = text(json, "empty")};
  if (const auto it = json.find("status"); it != json.end())
    test.status = it->is_array() ? it->get<std::vector<int>>() : std::vector<int>{it->get<int>()};
  return test;
}

/// `kind: personal`, or a list of kinds with tests.
std::vector<KindProof> kinds_from(const Json& json) {
  const auto it = json.find("kind");
  if (it == json.end()) return {};
  if (it->is_string()) return {KindProof{it->get<std::string>(), {}}};
  return list(json, "kind", [](const Json& k) {
    return KindProof{text(k, "is"), k.contains("if") ? test_from(k["if"]) : AnswerTest{}};
  });
}

ScopeSource scopes_from(const Json& json) {
  return {.header = text(json, "header"),
          .at = text(json, "at"),
          .keys = text(json, "keys"),
          .separator = text(json, "separator"),
          .prefix = text(json, "prefix"),
          .ignore = texts(json, "ignore"),
          .only = json.contains("only") ? test_from(json["only"]) : AnswerTest{},
          .each = text(json, "each"),
          .where = text_map(json, "where")};
}

ExpirySource expiry_from(const Json& json) {
  return {.at = text(json, "at"),
          .header = text(json, "header"),
          .form = text(json, "form", "date"),
          .absent = text(json, "absent")};
}

ResourceSource resource_from(const Json& json) {
  return {.type = text(json, "type"),
          .each = text(json, "each"),
          .id = text(json, "id"),
          .name = text(json, "name"),
          .place = text(json, "place"),
          .in = text_map(json, "in"),
          .keep = text_map(json, "keep"),
          .only = json.contains("only") ? test_from(json["only"]) : AnswerTest{},
          .unless = json.contains("unless") ? std::optional(test_from(json["unless"])) : std::nullopt,
          .boundary = json.value("boundary", false),
          .hidden = json.value("hidden", false),
          .inside = list(json, "inside", resource_from)};
}

Pages pages_from(const Json& json) {
  return {.more = text(json, "more"),
          .cursor = text(json, "cursor"),
          .variable = text(json, "variable"),
          .link = json.value("link", false),
          .limit = json.value("limit", 5U)};
}

NoteSource note_from(const Json& json) {
  return {.test = json.contains("if") ? test_from(json["if"]) : AnswerTest{}, .say = text(json, "say")};
}

void read_request(const Json& json, const Json& spec, ProbeStep& step) {
  if (json.contains("graphql")) {
    step.method = ProbeMethod::graphql;
    step.query = text(json, "graphql");
    step.target = text(json, "path", text(spec, "graphql"));
    step.variables = text_map(json, "variables");
    step.reason = "a GraphQL query, checked to hold no mutation";
  } else if (json.contains("post")) {
    step.method = ProbeMethod::post;
    step.target = text(json, "post");
    step.body = text(json, "body");
    step.content_type = text(json, "content_type", "application/json");
    step.reason = text(json, "reason");
  } else {
    step.target = text(json, "get");
    step.secret_in_path = text(json, "secret_in_path");
  }
}

/// `for_each: volume`, or {resource, only, limit}.
void read_loop(const Json& json, ProbeStep& step) {
  const auto it = json.find("for_each");
  if (it == json.end()) return;
  if (it->is_string()) {
    step.for_each = it->get<std::string>();
    return;
  }
  step.for_each = text(*it, "resource");
  step.only = text_map(*it, "only");
  step.limit = it->value("limit", 0U);
}

ProbeStep step_from(const Json& json, const Json& spec) {
  ProbeStep step;
  step.id = text(json, "id");
  read_request(json, spec, step);
  read_loop(json, step);
  step.headers = text_map(json, "headers");
  step.tokens = texts(json, "tokens");
  if (json.contains("if_alive")) step.if_alive = json["if_alive"].get<bool>();
  step.if_kind = texts(json, "if_kind");
  step.alive = list(json, "alive", test_from);
  step.dead = list(json, "dead", test_from);
  step.refused = list(json, "refused", test_from);
  step.kinds = kinds_from(json);
  step.kind_if_refused = text(json, "kind_if_refused");
  step.identity = texts(json, "identity");
  if (json.contains("expires")) step.expires = expiry_from(json["expires"]);
  step.scopes = list(json, "scopes", scopes_from);
  step.shows = texts(json, "shows");
  step.resources = list(json, "resources", resource_from);
  if (json.contains("pages")) step.pages = pages_from(json["pages"]);
  step.notes = list(json, "notes", note_from);
  return step;
}

std::string lower(std::string value) {
  std::transform(value.begin(), value.end(), value.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return value;
}

[[noreturn]] void refuse(const std::string& step, const std::string& what) {
  throw RuleError("probe" + (step.empty() ? std::string() : " step `" + step + "`") + ": " + what);
}

void refuse_secret(const std::string& step, const std::string& where, const std::string& value) {
  for (const std::string& name : placeholders(value))
    if (name == "secret") refuse(step, "the credential may not stand in " + where);
}

/// What would write the URL down on its way is left out: a query is logged by more servers than a path is, and links to
/// further pages repeat it.
void check_secret_in_path(const ProbeStep& step) {
  const std::size_t scheme = step.target.find("://");
  const std::size_t path = scheme == std::string::npos ? 0 : step.target.find('/', scheme + 3);
  const std::size_t at = step.target.find("{secret}");
  if (at == std::string::npos) refuse(step.id, "`secret_in_path` is given, and the path does not hold {secret}");
  if (path == std::string::npos || at < path || at > step.target.find('?'))
    refuse(step.id, "the credential may stand in the path only, not in the host or the query");
  if (step.target.find("{secret}", at + 1) != std::string::npos)
    refuse(step.id, "the credential stands in the path twice");
  if (step.pages) refuse(step.id, "a step with the credential in its path has no `pages`");
}

void check_target(const ProbeStep& step) {
  if (step.target.empty()) refuse(step.id, "needs one of `get`, `graphql` (with the endpoint's path) and `post`");
  if (step.target[0] != '/' && step.target.rfind("https://", 0) != 0)
    refuse(step.id, "the target begins with neither `/` nor `https://`");
  if (step.target.find('@') != std::string::npos) refuse(step.id, "the target holds `@`");
  if (step.secret_in_path.empty())
    refuse_secret(step.id, "a URL", step.target);
  else
    check_secret_in_path(step);
}

/// The scheme tells a pair from a text, so a slip in it would send the password in the clear.
void check_headers(const std::string& step, const TextMap& headers) {
  for (const auto& [name, value] : headers) {
    const bool meant = lower(value.substr(0, 5)) == "basic" && value.find(':') != std::string::npos;
    if (meant && !basic_pair(value)) refuse(step, "the header " + name + " is not of the form `Basic USER:PASSWORD`");
  }
}

void check_step(const ProbeStep& step) {
  check_target(step);
  check_headers(step.id, step.headers);
  if (step.alive.empty()) refuse(step.id, "does not say what an `alive` answer is");
  if (step.method == ProbeMethod::post && step.reason.empty())
    refuse(step.id, "`post` needs a `reason` why the provider's endpoint is a read");
  if (step.method == ProbeMethod::graphql) {
    const std::string objection = graphql_objection(step.query);
    if (!objection.empty()) refuse(step.id, "the document is not a single pure query: " + objection);
    for (const auto& [name, value] : step.variables) refuse_secret(step.id, "a GraphQL variable", value);
  }
}

bool placeholder_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("_-./*~").find(c) != std::string_view::npos;
}

}  // namespace

ProbeSpec probe_from_json(const nlohmann::json& json) {
  ProbeSpec spec;
  spec.endpoint = text(json, "endpoint");
  spec.native = text(json, "native");
  spec.native_tokens = texts(json, "tokens");
  spec.database = text(json, "database");
  spec.port = json.value("port", 0U);
  spec.headers = text_map(json, "headers");
  spec.messages = texts(json, "messages");
  spec.places = text_map(json, "places");
  if (const auto it = json.find("self_hosted"); it != json.end())
    spec.self_hosted = SelfHosted{text(*it, "companion"), text(*it, "endpoint"), it->value("tenants", false)};
  spec.steps = list(json, "steps", [&](const Json& step) { return step_from(step, json); });
  if (spec.empty() || !spec.database.empty()) return spec;
  if (spec.endpoint.empty() && !spec.self_hosted) refuse({}, "needs an `endpoint`, or `self_hosted`");
  if (!spec.endpoint.empty() && spec.endpoint.rfind("https://", 0) != 0)
    refuse({}, "`endpoint` does not begin with https://");
  if (spec.self_hosted && spec.self_hosted->endpoint.rfind("https://", 0) != 0)
    refuse({}, "`self_hosted.endpoint` does not begin with https://");
  check_headers({}, spec.headers);
  for (const ProbeStep& step : spec.steps) check_step(step);
  return spec;
}

void check_probe_hosts(const ProbeSpec& spec, const std::vector<std::string>& hosts) {
  if (spec.empty() || !spec.database.empty()) return;
  const auto check = [&](const std::string& step, const std::string& url) {
    if (!host_matches(hosts, host_of(url))) refuse(step, "`" + host_of(url) + "` is not among the file's `hosts`");
  };
  if (!spec.endpoint.empty()) check({}, spec.endpoint);
  for (const ProbeStep& step : spec.steps)
    if (step.target[0] != '/') check(step.id, step.target);
}

bool host_matches(const std::vector<std::string>& hosts, const std::string& host) {
  const std::string wanted = lower(host);
  if (wanted.empty()) return false;
  return std::any_of(hosts.begin(), hosts.end(), [&](const std::string& allowed) {
    if (allowed.rfind("*.", 0) != 0) return lower(allowed) == wanted;
    const std::size_t dot = wanted.find('.');
    return dot != std::string::npos && dot > 0 && wanted.substr(dot) == lower(allowed.substr(1));
  });
}

std::optional<BasicPair> basic_pair(const std::string& header) {
  constexpr std::string_view kScheme = "Basic ";
  const std::size_t colon = header.find(':');
  if (header.rfind(kScheme, 0) != 0 || colon == std::string::npos) return std::nullopt;
  return BasicPair{header.substr(kScheme.size(), colon - kScheme.size()), header.substr(colon + 1)};
}

std::string host_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return {};
  const std::size_t begin = scheme + 3;
  std::string authority = url.substr(begin, url.find_first_of("/?#\\", begin) - begin);
  authority.erase(0, authority.rfind('@') + 1);  // npos + 1 is 0
  if (authority.empty()) return {};
  const std::size_t end = authority[0] == '[' ? authority.find(']') + 1 : authority.find(':');
  return lower(authority.substr(0, end));
}

std::vector<std::string> placeholders(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
    std::size_t end = open + 1;
    while (end < text.size() && placeholder_character(text[end])) ++end;
    if (end < text.size() && text[end] == '}' && end > open + 1) out.push_back(text.substr(open + 1, end - open - 1));
  }
  return out;
}

}  // namespace overreach
