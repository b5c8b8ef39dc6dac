// A provider as a recorded conversation.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "detectors/probe/transport.h"

namespace overreach::testing {

/// One request that must come, and its answer.
///
///     > GET https://api.example.com/user        method and URL, exactly
///     > authorization: Bearer {token}           headers that must be there; others may be
///     > authorization: Basic ana:{token}        user and password, as they are before they are encoded
///     > {"query":"query { me { id } }"}         of a POST: a JSON body, compared as JSON, or any other text; a text
///                                               that ends in … is the beginning of it
///     > query me {"id": "1"}                    or: root field and variables of a GraphQL query
///     < 200                                     status, or `timeout`
///     < content-type: application/json          which is the default
///     <                                         an empty line ends the headers
///     < {"id": 1}                               the body, over as many lines as it takes
struct Exchange {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool timeout = false;
  Response answer;
  unsigned line = 0;
};

/// A conversation file: comments (`#`), settings, exchanges, and what must come out of it.
///
///     ! provider railway                        settings: provider, kinds, companion ROLE VALUE, probe-host HOST,
///                                               beside RESOURCE ID, jwt NAME CLAIMS (@NAME is that token)
///     = live                                    state; then "kind project", "identity ...", "expires ..."
///     = volume.destroy proven environment production, volume data
///     ? workflow                                a scope that the file does not map
///     * note                                    a note
struct Recording {
  std::string name;
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<Exchange> exchanges;
  std::vector<std::string> expected;  // lines after '='
  std::vector<std::string> unmapped;  // lines after '?'
  std::vector<std::string> notes;     // lines after '*'
};

/// Throws std::runtime_error with file and line.
Recording read_recording(const std::filesystem::path& path);

/// Answers from a recording, in any order; each exchange once. What does not fit is an
/// Error, and is remembered for the test to show.
class ReplayTransport : public Transport {
 public:
  explicit ReplayTransport(std::vector<Exchange> exchanges) : left_(std::move(exchanges)) {}

  Result<Response> get(const Request& request) override;
  Result<Response> query(const Request& request, std::string_view content_type, const Secret& body,
                         std::string_view why) override;

  /// Requests that no exchange fits: "GET https://... ".
  std::vector<std::string> surprises() const;
  /// Exchanges that were not asked for.
  std::vector<std::string> unused() const;

 private:
  Result<Response> answer(const std::string& method, const Request& request, std::string_view body);

  mutable std::mutex mutex_;
  std::vector<Exchange> left_;
  std::vector<std::string> surprises_;
};

}  // namespace overreach::testing
