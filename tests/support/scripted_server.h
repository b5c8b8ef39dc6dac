// A provider on the loopback interface, for tests.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace overreach::testing {

/// One request as the server saw it.
struct ScriptedRequest {
  std::string method;                          // "POST"
  std::string path;                            // as sent, with the query: "/graphql/v2?x=1"
  std::map<std::string, std::string> headers;  // names in lower case; of a repeated name the last value
  std::string body;

  /// Empty when the header was not sent. `name` in lower case.
  std::string header(const std::string& name) const;
};

/// What to answer.
struct ScriptedAnswer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{};  // besides content-type and content-length
  std::chrono::milliseconds delay{0};                          // before the first byte of the answer
};

/// An HTTP server on 127.0.0.1, on a free port, that answers every request with what the
/// handler returns and remembers every request in order of arrival.
///
/// It listens when the constructor returns and stops in the destructor. The handler is
/// called from several threads, one call per request; it must not throw.
///
///     ScriptedServer railway([](const ScriptedRequest& request) {
///       return ScriptedAnswer{.body = R"({"data":{}})"};
///     });
///     options.endpoints["railway"] = railway.url();
class ScriptedServer {
 public:
  using Handler = std::function<ScriptedAnswer(const ScriptedRequest&)>;

  explicit ScriptedServer(Handler handler);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  /// "http://127.0.0.1:49152", without a slash at the end.
  std::string url() const;
  int port() const;
  /// A copy of what has arrived so far.
  std::vector<ScriptedRequest> requests() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace overreach::testing
