#include "detectors/probe/compose.h"

#include <nlohmann/json.hpp>

#include "scanner/base/base64.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

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

/// A link to the next page leads to where the page came from, or nowhere.
Result<std::string> same_host(const Target& target, const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return fail(Error::Kind::refused, "the next page is no absolute URL");
  const std::size_t slash = url.find('/', scheme + 3);
  if (url.substr(scheme, slash - scheme).find('@') != std::string::npos)
    return fail(Error::Kind::refused, "the next page has a user in its URL");
  if (target.overridden && slash != std::string::npos && is_loopback_host(host_of(url)))
    return target.base.substr(0, target.base.find('/', target.base.find("://") + 3)) + url.substr(slash);
  if (host_of(url) != host_of(target.base)) return fail(Error::Kind::refused, "the next page is on another host");
  return url;
}

/// A credential as a segment of a path: the colon of many stands as it is (RFC 3986, pchar).
std::string path_component(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == ':' ? std::string(1, c) : url_component({&c, 1});
  return out;
}

Result<std::string> url_for(const Session& session, const ProbeStep& step, const Item* item,
                            const std::string& cursor) {
  if (!cursor.empty() && step.pages->link) return same_host(session.target(), cursor);
  const Lookup plain = values_of(session, item, false);
  auto path = fill(step.target, [&](const std::string& name) -> std::optional<std::string> {
    if (name == "secret" && !step.secret_in_path.empty()) return path_component(session.token().secret.reveal());
    const auto value = plain(name);
    return value ? std::optional(url_component(*value)) : std::nullopt;
  });
  if (!path) return fail(Error::Kind::refused, "step " + step.id + " needs a value that was not found");
  if (!cursor.empty() && step.method == ProbeMethod::get)
    *path += (path->find('?') == std::string::npos ? "?" : "&") + step.pages->variable + "=" + url_component(cursor);
  return url_at(session.target(), session.provider(), *path);
}

Result<Secret> graphql_body(const Session& session, const ProbeStep& step, const Item* item,
                            const std::string& cursor) {
  Json variables = Json::object();
  for (const auto& [name, value] : step.variables) {
    const auto filled = fill(value, values_of(session, item, false));
    if (!filled) return fail(Error::Kind::refused, "was not asked: no value was found for the variable " + name);
    variables[name] = *filled;
  }
  if (!cursor.empty()) variables[step.pages->variable] = cursor;
  const Json body{{"query", step.query}, {"variables", variables}};
  return Secret(body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Result<Secret> body_for(const Session& session, const ProbeStep& step, const Item* item, const std::string& cursor) {
  if (step.method == ProbeMethod::get) return Secret();
  if (step.method == ProbeMethod::graphql) return graphql_body(session, step, item, cursor);
  auto body = fill(step.body, values_of(session, item, true));
  if (!body) return fail(Error::Kind::refused, "was not asked: step " + step.id + " needs a value that was not found");
  return Secret(std::move(*body));
}

/// A header as it is sent. A pair of user and password is encoded (RFC 7617); what has no colon is encoded already.
Result<Secret> header_value(const Session& session, const std::string& name, const std::string& value,
                            const Item* item) {
  const Lookup lookup = values_of(session, item, true);
  const auto pair = basic_pair(value);
  auto user = fill(pair ? pair->user : value, lookup);
  auto password = fill(pair ? pair->password : std::string(), lookup);
  if (!user || !password) return fail(Error::Kind::refused, "was not asked: no value was found for the header " + name);
  if (!pair) return Secret(std::move(*user));
  if (user->find(':') != std::string::npos)
    return fail(Error::Kind::refused, "was not asked: a user name with a colon cannot be sent");
  const Secret both(*user + ":" + *password);
  return Secret("Basic " + base64(both.reveal()));
}

Result<std::vector<Header>> headers_for(const Session& session, const ProbeStep& step, const Item* item,
                                        const std::map<std::string, std::string>& accepted) {
  std::map<std::string, std::string> templates = session.provider().probe.headers;
  for (const auto& [name, value] : step.headers.empty() ? accepted : step.headers) templates[name] = value;
  std::vector<Header> headers;
  for (const auto& [name, value] : templates) {
    auto filled = header_value(session, name, value, item);
    if (!filled) return tl::unexpected<Error>(filled.error());
    headers.push_back({name, std::move(*filled)});
  }
  return headers;
}

}  // namespace

Lookup values_of(const Session& session, const Item* item, bool with_secret) {
  return [&session, item, with_secret](const std::string& name) -> std::optional<std::string> {
    const Token& token = session.token();
    if (name == "secret" && with_secret) return std::string(token.secret.reveal());
    if (name.rfind("companion.", 0) == 0) {
      const Companion* companion = token.companion(name.substr(std::string_view("companion.").size()));
      if (companion == nullptr || (companion->secret && !with_secret)) return std::nullopt;
      return std::string(companion->value.reveal());
    }
    if (item == nullptr) return std::nullopt;
    const auto it = item->variables.find(name);
    return it == item->variables.end() ? std::nullopt : std::optional(it->second);
  };
}

Result<PreparedCall> compose(const Session& session, const ProbeStep& step, const Item* item, const std::string& cursor,
                             const std::map<std::string, std::string>& accepted) {
  auto url = url_for(session, step, item, cursor);
  if (!url) return fail(url.error().kind, "was not asked: " + url.error().message);
  auto headers = headers_for(session, step, item, accepted);
  if (!headers) return tl::unexpected<Error>(headers.error());
  auto body = body_for(session, step, item, cursor);
  if (!body) return tl::unexpected<Error>(body.error());
  return PreparedCall{.method = step.method,
                      .url = std::move(*url),
                      .headers = std::move(*headers),
                      .content_type = step.content_type,
                      .body = std::move(*body),
                      .reason = step.reason,
                      .what = request_text(step)};
}

std::string next_page(const ProbeStep& step, const Answer& answer) {
  if (!step.pages) return {};
  if (step.pages->link) return next_link(answer.response);
  if (!step.pages->more.empty() && text_at(answer.json, step.pages->more) != "true") return {};
  return text_at(answer.json, step.pages->cursor).value_or("");
}

}  // namespace overreach
