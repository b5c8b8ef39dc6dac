// How a function says that the world misbehaved.
#pragma once

#include <stdexcept>
#include <string>
#include <tl/expected.hpp>

namespace overreach {

/// Why something could not be done. `message` is one sentence that names the thing;
/// it never holds content of a scanned file or a credential.
struct Error {
  enum class Kind {
    io,         // unreadable, vanished, no permission
    malformed,  // the bytes are not what they claim to be
    limit,      // larger, deeper or slower than we allow
    refused,    // our own safety rules said no
    network,    // nothing answered, or not in time
  };
  Kind kind = Kind::io;
  std::string message;
};

/// A value, or the Error that kept us from it. Used where the caller can go on.
template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Error::Kind kind, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message)});
}

/// The command line or a configuration file asks for something impossible: exit 2.
/// Thrown before a run starts, caught in main only.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A rule file is wrong: exit 2. The message carries file, line and a suggestion.
struct RuleError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace overreach
