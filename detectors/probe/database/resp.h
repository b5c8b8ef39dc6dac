// RESP, the protocol of Redis: commands as lists of texts, and what comes back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/probe/database/stream.h"

namespace overreach {

/// An answer of the server.
struct RespValue {
  bool error = false;            // `text` begins with a code in capitals: "NOPERM this user has no permissions ..."
  std::string text;              // texts, and numbers as text; empty for nil
  std::vector<RespValue> items;  // of a list
  /// The item behind the one that is `key`, in a list of keys and values; nullptr when there is none.
  const RespValue* find(std::string_view key) const;
  /// The code of an error: "NOPERM".
  std::string_view code() const;
};

/// Sends commands and reads answers, one at a time. Answers have at most 1 MiB and lists in lists at most 16 deep.
class RespConnection {
 public:
  explicit RespConnection(Stream stream) : stream_(std::move(stream)) {}

  /// An error when the connection is of no more use; what the server refuses is an answer with `error`.
  Result<RespValue> ask(const std::vector<std::string_view>& command);
  /// Bytes received so far.
  std::size_t received() const { return received_; }

 private:
  Result<std::string> line();
  Result<std::string> exactly(std::size_t size);
  Result<void> more();
  Result<RespValue> value(unsigned depth);

  Stream stream_;
  std::string buffer_;
  std::size_t received_ = 0;
  std::size_t answer_ends_ = 0;  // `received_` at which an answer is too large
};

}  // namespace overreach
