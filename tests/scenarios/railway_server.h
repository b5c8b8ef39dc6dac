// A Railway on the loopback interface.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "tests/scenarios/railway_world.h"
#include "tests/support/scripted_server.h"

namespace overreach::testing {

/// Answers GraphQL queries as Railway does: refusals come with status 200 and an error, a
/// root field that fails takes the whole answer with it. Whatever a prober must never do is
/// kept as a violation and refused: a mutation or subscription, a query whose answer is a
/// secret, more than one root field, both credential headers at once, another path or method.
///
/// The fields of an answer are not cut to what was asked for.
class RailwayServer {
 public:
  enum class Mode {
    answers,  // as documented
    html,     // 200 and a page, as a captive portal gives
    down,     // 503 to everything
  };

  explicit RailwayServer(RailwayWorld world, Mode mode = Mode::answers);

  /// "http://127.0.0.1:PORT"
  std::string url() const { return server_.url(); }
  /// What must not have happened, in words. Never quotes a credential.
  std::vector<std::string> violations() const;
  /// Root fields asked for, in order of arrival: "query apiToken".
  std::vector<std::string> asked() const;
  std::vector<ScriptedRequest> requests() const { return server_.requests(); }
  /// What it answers to a request, which is recorded as if it had come over the network.
  ScriptedAnswer answer(const ScriptedRequest& request);

 private:
  std::string root_field(const std::string& document);
  void violation(std::string what);

  const RailwayWorld world_;
  const Mode mode_;
  mutable std::mutex mutex_;
  std::vector<std::string> violations_, asked_;
  ScriptedServer server_;  // last: its threads use the members above
};

}  // namespace overreach::testing
