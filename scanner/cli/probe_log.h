// What left this machine under --probe.
#pragma once

#include <mutex>
#include <string>

#include "detectors/probe/probe.h"
#include "scanner/source/descriptor.h"

namespace overreach {

/// A file with a line of JSON for each request: time, provider, host, what was asked, status, bytes. No credential is
/// in it, nor anything that a provider said. Several threads may write.
class ProbeLog {
 public:
  /// Appends to `path`, which only its owner can read when it is made here. Throws UsageError.
  explicit ProbeLog(const std::string& path);

  void write(const SentRequest& request);

 private:
  std::mutex mutex_;
  Descriptor file_;
};

}  // namespace overreach
