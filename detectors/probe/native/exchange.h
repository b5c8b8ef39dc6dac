// What native conversations share: one request, its answer, and how a conversation that went well ends.
#pragma once

#include <string>
#include <string_view>

#include "detectors/probe/answer.h"
#include "detectors/probe/conversation.h"

namespace overreach {

/// A GET with `authorization`, which may be empty.
PreparedCall get_call(std::string url, std::string what, const Secret& authorization);

/// A POST that is a read, for `reason`; of JSON unless `form`.
PreparedCall read_by_post(std::string url, std::string what, Secret body, std::string reason, bool form = false);

/// Sends a call and reads its answer. The errors of Session::send and read_answer.
Result<Answer> ask(Session& session, const PreparedCall& call);

/// The value of a companion of the token; empty when it has none.
std::string_view companion_of(const Session& session, std::string_view role);

/// Unknown{"Azure answered 500…"}.
Reach unknown_reach(const Session& session, const std::string& why, const Powers& upto);

/// What was heard. `whole`: all of the powers were read; else what is documented for the kind stays possible.
Reach live_reach(const Session& session, const Heard& heard, bool whole, const Powers& upto);

}  // namespace overreach
