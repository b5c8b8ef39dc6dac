// The environment of this process, for as long as a test needs it.
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

namespace overreach::testing {

/// Sets variables, or removes those without a value; puts everything back in the destructor. One thread.
class ScopedEnvironment {
 public:
  using Values = std::map<std::string, std::optional<std::string>>;

  explicit ScopedEnvironment(const Values& values) {
    for (const auto& [name, value] : values) {
      const char* old = std::getenv(name.c_str());
      before_[name] = old == nullptr ? std::nullopt : std::optional<std::string>(old);
    }
    apply(values);
  }
  ~ScopedEnvironment() { apply(before_); }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;

 private:
  static void apply(const Values& values) {
    for (const auto& [name, value] : values)
      if (value)
        ::setenv(name.c_str(), value->c_str(), 1);
      else
        ::unsetenv(name.c_str());
  }

  Values before_;
};

/// Authorities are those of `file` alone, besides what the system trusts.
inline ScopedEnvironment::Values trusting(const std::string& file) {
  return {{"SSL_CERT_FILE", file}, {"SSL_CERT_DIR", std::nullopt}, {"CURL_CA_BUNDLE", std::nullopt}};
}

}  // namespace overreach::testing
