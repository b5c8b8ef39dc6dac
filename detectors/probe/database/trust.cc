#include "detectors/probe/database/trust.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace overreach {
namespace {

constexpr const char* kOfDebian = "/etc/ssl/certs/ca-certificates.crt";

/// "5ed36f99.0": what OpenSSL reads of a directory.
bool is_hash(const std::string& name) {
  const bool hexadecimal =
      std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(8, name.size())),
                  [](unsigned char c) { return std::isxdigit(c) != 0; });
  return name.size() >= 10 && hexadecimal && name[8] == '.' &&
         std::all_of(name.begin() + 9, name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Authorities trusted_authorities() {
  Authorities authorities = authorities_of_environment();
  if (authorities.file.empty()) authorities.file = kOfDebian;
  return authorities;
}

AuthoritiesFile::AuthoritiesFile(const Authorities& authorities) : path_(authorities.file) {
  if (authorities.directory.empty()) return;
  std::string all = content_of(authorities.file) + "\n";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(authorities.directory, error))
    if (is_hash(entry.path().filename().string())) all += content_of(entry.path()) + "\n";
  memory_ = memfd_create("authorities", MFD_CLOEXEC);
  if (memory_ >= 0 && write_all(memory_, all)) path_ = "/proc/self/fd/" + std::to_string(memory_);
}

AuthoritiesFile::~AuthoritiesFile() {
  if (memory_ >= 0) close(memory_);
}

}  // namespace overreach
