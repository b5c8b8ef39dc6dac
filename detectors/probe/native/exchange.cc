#include "detectors/probe/native/exchange.h"

#include "detectors/probe/assemble.h"

namespace overreach {

PreparedCall get_call(std::string url, std::string what, const Secret& authorization) {
  PreparedCall call;
  call.url = std::move(url);
  call.what = std::move(what);
  call.headers.push_back({"accept", Secret("application/json")});
  if (!authorization.empty()) call.headers.push_back({"authorization", authorization});
  return call;
}

PreparedCall read_by_post(std::string url, std::string what, Secret body, std::string reason, bool form) {
  PreparedCall call = get_call(std::move(url), std::move(what), Secret());
  call.method = ProbeMethod::post;
  call.content_type = form ? "application/x-www-form-urlencoded" : "application/json";
  call.body = std::move(body);
  call.reason = std::move(reason);
  return call;
}

Result<Answer> ask(Session& session, const PreparedCall& call) {
  auto response = session.send(call);
  if (!response) return tl::unexpected<Error>(response.error());
  return read_answer(std::move(*response));
}

std::string_view companion_of(const Session& session, std::string_view role) {
  const Companion* found = session.token().companion(role);
  return found == nullptr ? std::string_view() : found->value.reveal();
}

Reach unknown_reach(const Session& session, const std::string& why, const Powers& upto) {
  return Unknown{session.provider().title + " " + why, upto};
}

Reach live_reach(const Session& session, const Heard& heard, bool whole, const Powers& upto) {
  Reach reach = assemble(heard, session.token(), session.provider(), upto);
  auto* live = std::get_if<Live>(&reach);
  if (live == nullptr || whole) return reach;
  auto bound = documented_grants(session.token().kinds, session.provider(), Where());
  live->powers.grants.insert(live->powers.grants.end(), bound.begin(), bound.end());
  settle(live->powers.grants);
  return reach;
}

}  // namespace overreach
