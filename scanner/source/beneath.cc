#include "scanner/source/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

namespace overreach {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY;

/// One call for the whole path, where the kernel can refuse links on the way (Linux 5.6).
int open_at_once(int root, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, root, path.c_str(), &how, sizeof how));
}

/// How much of `path` can be opened in one call: whole components.
std::size_t reach(std::string_view path) {
  constexpr std::size_t kMost = PATH_MAX - 1;
  return path.size() <= kMost ? path.size() : path.rfind('/', kMost - 1) + 1;
}

}  // namespace

Descriptor open_beneath(int root, std::string_view path, int flags) {
  Descriptor here;
  bool at_once = true;
  while (!path.empty()) {
    const int from = here.get() < 0 ? root : here.get();
    const std::size_t length = at_once ? reach(path) : std::min(path.find('/'), path.size() - 1) + 1;
    const std::string_view part = path.substr(0, length);
    const int how = (length == path.size() ? flags : kDirectory) | O_NOFOLLOW | O_CLOEXEC;
    Descriptor next(at_once ? open_at_once(from, std::string(part), how)
                            : openat(from, std::string(part.substr(0, part.find('/'))).c_str(), how));
    if (next.get() < 0 && at_once && (errno == ENOSYS || errno == EPERM)) {  // an old kernel, or a sandbox
      at_once = false;
      continue;
    }
    if (next.get() < 0) return next;
    here = std::move(next);
    path.remove_prefix(length);
  }
  return here;
}

Descriptor open_directory(int root, std::string_view path) {
  return path.empty() ? Descriptor(openat(root, ".", kDirectory | O_CLOEXEC)) : open_beneath(root, path, kDirectory);
}

}  // namespace overreach
