#include "scanner/cli/probe_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "scanner/cli/clock.h"

namespace overreach {
ProbeLog::ProbeLog(const std::string& path)
    : file_(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600)) {
  if (file_.get() < 0) throw UsageError("cannot write the log " + path + ": " + std::generic_category().message(errno));
}

void ProbeLog::write(const SentRequest& request) {
  nlohmann::ordered_json line{{"time", utc_now("%Y-%m-%dT%H:%M:%SZ")},
                              {"provider", request.provider},
                              {"host", request.host},
                              {"request", request.what},
                              {"status", request.status},
                              {"bytes", request.bytes}};
  if (!request.failure.empty()) line["failure"] = request.failure;
  const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const std::scoped_lock lock(mutex_);
  if (::write(file_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    std::cerr << "overreach: the log of --probe-log could not be written\n";
}

}  // namespace overreach
