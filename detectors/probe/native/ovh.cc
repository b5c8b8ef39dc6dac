// OVHcloud signs each request over its method, URL and time with the secrets of the application and of the consumer.
// A consumer key carries rules, {"method": "DELETE", "path": "/cloud/*"}, and may read them:
//
//   GET /1.0/auth/currentCredential
//
// The grants of the provider file are calls; each is compared with the rules, so the file is the list of what is looked
// for. A rule that names an id holds there only. The three regions are apart: one that does not know the key says
// nothing of the others.
#include <algorithm>
#include <ctime>
#include <optional>

#include "detectors/probe/native/exchange.h"
#include "detectors/probe/native/native.h"
#include "scanner/base/hash.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

std::string in_hex(const std::array<std::uint8_t, 20>& digest) {
  return hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) out.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

/// Where a rule for `rule` allows a call of `path`, whose * stand for names; nothing when it does not. A * that ends a
/// rule is any rest, also none; elsewhere it is one name.
std::optional<Where> allowed_at(const std::string& rule, const std::string& path) {
  const std::vector<std::string> allowed = segments_of(rule), called = segments_of(path);
  Where where;
  for (std::size_t i = 0; i < allowed.size(); ++i) {
    const bool any = allowed[i] == "*";
    if (any && i + 1 == allowed.size()) return where;
    if (i == called.size()) return std::nullopt;
    if (any || allowed[i] == called[i]) continue;
    if (called[i] != "*" || i == 0 || allowed[i].find('*') != std::string::npos) return std::nullopt;
    where.set(called[i - 1], allowed[i]);
  }
  return allowed.size() == called.size() ? std::optional(where) : std::nullopt;
}

PreparedCall signed_get(const Session& session, const std::string& url, std::string what) {
  const std::string now = std::to_string(std::time(nullptr));
  const std::string consumer(companion_of(session, "consumer_key"));
  const Secret text(std::string(session.token().secret.reveal()) + "+" + consumer + "+GET+" + url + "++" + now);
  PreparedCall call = get_call(url, std::move(what), Secret());
  call.headers.push_back({"x-ovh-application", Secret(std::string(companion_of(session, "key_id")))});
  call.headers.push_back({"x-ovh-consumer", Secret(consumer)});
  call.headers.push_back({"x-ovh-timestamp", Secret(now)});
  call.headers.push_back({"x-ovh-signature", Secret("$1$" + in_hex(sha1(text.reveal(), "")))});
  return call;
}

/// What the rules allow of the calls that the provider file knows.
void take_rules(const Session& session, const Json& answer, Heard& heard) {
  for (const Json* rule : select(answer, "/rules/*")) {
    const std::string method = text_at(*rule, "/method").value_or(""), path = text_at(*rule, "/path").value_or("");
    for (const auto& [call, capabilities] : session.provider().grants) {
      const std::size_t space = call.find(' ');
      if (method != "*" && method != call.substr(0, space)) continue;
      if (auto where = allowed_at(path, call.substr(space + 1)))
        heard.scopes.push_back({.scope = call, .where = std::move(where), .shown = false});
    }
  }
}

Reach live(const Session& session, const Answer& answer, const Powers& upto) {
  Heard heard;
  heard.asked = heard.alive = true;
  heard.kind = "consumer";
  if (answer.response.status != 200) {  // it may not even read its own rules
    heard.notes.emplace_back("its rules could not be read: not among them");
    return live_reach(session, heard, false, upto);
  }
  heard.scopes_named = true;
  heard.expires = session.safe(text_at(answer.json, "/expiration").value_or("never"));
  if (const auto id = text_at(answer.json, "/applicationId"))
    heard.identity = session.safe("application " + *id + " on " + host_of(session.target().base));
  if (!select(answer.json, "/allowedIPs/*").empty())
    heard.notes.emplace_back("it is accepted from certain addresses only");
  take_rules(session, answer.json, heard);
  return live_reach(session, heard, true, upto);
}

}  // namespace

Reach probe_ovh(Session& session, Powers upto) {
  if (companion_of(session, "consumer_key").empty())
    return unknown_reach(session, "was not asked: no consumer key stands beside the application's secret", upto);
  std::string dead;
  for (const std::string& host : session.provider().hosts) {
    const std::string base = session.target().overridden ? session.target().base : "https://" + host;
    const auto answer =
        ask(session, signed_get(session, base + "/1.0/auth/currentCredential", "GET /1.0/auth/currentCredential"));
    if (!answer) return unknown_reach(session, answer.error().message, upto);
    const int status = answer->response.status;
    const std::string code = text_at(answer->json, "/errorCode").value_or("");
    const std::string said =
        "answered " + std::to_string(status) + (code.empty() ? "" : " “" + session.safe(code) + "”");
    const bool listed = status == 200 && !select(answer->json, "/rules").empty();
    const std::string state = text_at(answer->json, "/status").value_or("");
    if (listed && (state == "expired" || state == "refused"))
      return Dead{session.provider().title + " says that it is " + state};
    if (listed || (status == 403 && code == "NOT_GRANTED_CALL")) return live(session, *answer, upto);
    if (code == "INVALID_SIGNATURE")
      return unknown_reach(session, said + ": the three values do not belong together, or the clock is wrong", upto);
    const bool unknown_here = code == "INVALID_KEY" || code == "INVALID_CREDENTIAL" || code == "NOT_CREDENTIAL";
    if (!unknown_here) return unknown_reach(session, said + " in a way that is not known", upto);
    if (dead.empty()) dead = said;
    if (session.target().overridden) break;
  }
  return Dead{session.provider().title + " " + dead};
}

}  // namespace overreach
