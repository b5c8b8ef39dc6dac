// Workers share one stack of tasks: a directory to list, or files of a directory to read. Who lists a directory hands
// its files on in batches, so that a flat directory with a million files is spread as well as a deep one, but keeps the
// last batch and the last subdirectory: most directories never pass through the stack, and a chain of directories of
// any depth is followed from one descriptor to the next. A batch whose files turn out to be large is shared with
// whoever has nothing to do.
//
// A file costs an open, a read and a close, relative to the descriptor of its directory; nothing is asked about it
// that the directory has said. Names are kept as the kernel gave them, one string a batch; counters and the buffer
// belong to the worker.
#include "scanner/source/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

#include "scanner/source/beneath.h"
#include "scanner/source/task_stack.h"

namespace overreach {
namespace {

constexpr std::size_t kBatch = 32;                  // files
constexpr std::size_t kEntries = 64 << 10;          // bytes of directory entries asked for at once
constexpr std::size_t kLongestPath = 16 << 10;      // bytes; PATH_MAX is 4 KiB
constexpr std::string_view kConfig{"config\0", 7};  // of a git directory

std::string message(int error) { return std::generic_category().message(error); }

/// An open directory, shared by the batches of its files.
struct Directory {
  Descriptor descriptor;
  std::string path;    // without the prefix; "" or ending in '/'
  bool paged = false;  // see reads_through_page_cache()
};

using SharedDirectory = std::shared_ptr<const Directory>;

struct Task {
  std::string path;           // a directory to list, if there is no batch
  SharedDirectory directory;  // of the batch
  std::string names;          // of the batch, each followed by a NUL
};

/// What one thread keeps.
struct Worker {
  explicit Worker(WindowSize window) : reader(window), entries(new char[kEntries]) {}
  Reader reader;
  Origin origin;
  std::unique_ptr<char[]> entries;
  std::vector<FileNames> seen;
  std::uint64_t files = 0, bytes = 0;  // not yet in the tally
};

/// One run over one directory.
class Walk {
 public:
  Walk(int root, std::string prefix, const TreeFilter& filter, Sink sink, Tally& tally)
      : root_(root), prefix_(std::move(prefix)), filter_(filter), sink_(std::move(sink)), tally_(tally) {}

  std::vector<FileNames> run(unsigned workers) {
    std::vector<std::vector<FileNames>> seen(workers);
    stack_.push({});
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 1; i < workers; ++i) threads.emplace_back([&, i] { seen[i] = work(i); });
      seen[0] = work(0);
    }
    std::vector<FileNames> out;
    for (auto& one : seen) std::move(one.begin(), one.end(), std::back_inserter(out));
    return out;
  }

 private:
  std::vector<FileNames> work(unsigned index) {
    Worker worker(filter_.window);
    while (std::optional<Task> task = stack_.pop()) {
      if (task->directory != nullptr)
        read_batch(task->directory, std::move(task->names), worker, index);
      else
        list(std::move(task->path), worker, index);
      stack_.done();
    }
    return std::move(worker.seen);
  }

  void list(std::string path, Worker& worker, unsigned index);
  std::string list_one(const SharedDirectory& directory, Worker& worker, unsigned index);
  void read_batch(const SharedDirectory& directory, std::string names, Worker& worker, unsigned index);
  void share(const SharedDirectory& directory, std::string& names, std::size_t done);
  void read_config(const Directory& directory, Worker& worker, unsigned index);
  unsigned char type_of(int directory, const dirent64& entry) const;
  bool wanted(const std::string& path, std::string_view name, bool directory) const;

  int root_;
  const std::string prefix_;
  const TreeFilter& filter_;
  const Sink sink_;  // empty: nothing is read
  Tally& tally_;
  TaskStack<Task> stack_;
};

/// Lists a directory, then its last subdirectory, and so on down. The others go to the stack.
void Walk::list(std::string path, Worker& worker, unsigned index) {
  Descriptor descriptor = open_directory(root_, path);
  while (true) {
    if (descriptor.get() < 0) {
      const bool replaced = errno == ELOOP || errno == ENOTDIR;
      tally_.skip(prefix_ + path, replaced ? "is no longer a directory" : "cannot list: " + message(errno), true);
      return;
    }
    const bool paged = reads_through_page_cache(descriptor.get());
    const auto directory = std::make_shared<const Directory>(Directory{std::move(descriptor), std::move(path), paged});
    const std::string last = list_one(directory, worker, index);
    if (last.empty()) return;
    path = directory->path + last + "/";
    if (path.size() > kLongestPath) return tally_.skip(prefix_ + path, "a path of more than 16 KiB", true);
    descriptor =
        Descriptor(openat(directory->descriptor.get(), last.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  }
}

/// Some file systems do not say in the directory what an entry is.
unsigned char Walk::type_of(int directory, const dirent64& entry) const {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type;
  struct stat info {};
  if (fstatat(directory, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) return DT_REG;  // reading it says why
  return S_ISDIR(info.st_mode) ? DT_DIR : S_ISREG(info.st_mode) ? DT_REG : DT_UNKNOWN;
}

bool Walk::wanted(const std::string& path, std::string_view name, bool directory) const {
  if (filter_.ignore != nullptr)
    if (const IgnoreFile::Rule* rule = filter_.ignore->skips(path, directory)) {
      filter_.ignore->count(*rule);
      return false;
    }
  const bool excluded = std::any_of(filter_.exclude.begin(), filter_.exclude.end(), [&](const std::string& glob) {
    return fnmatch(glob.c_str(), path.c_str(), 0) == 0 || fnmatch(glob.c_str(), std::string(name).c_str(), 0) == 0;
  });
  if (excluded) tally_.skip(path, "excluded", false);
  return !excluded;
}

/// Reads the files of a directory, or hands them on. Returns its last subdirectory, empty if it has none.
std::string Walk::list_one(const SharedDirectory& directory, Worker& worker, unsigned index) {
  const int fd = directory->descriptor.get();
  const bool filtered = !filter_.exclude.empty() || filter_.ignore != nullptr;
  std::string names, last;
  std::size_t count = 0;
  bool has_git = false;
  ssize_t size = 0;
  while ((size = getdents64(fd, worker.entries.get(), kEntries)) > 0) {
    for (ssize_t at = 0; at < size;) {
      const auto& entry = *reinterpret_cast<const dirent64*>(worker.entries.get() + at);
      at += entry.d_reclen;
      const std::string_view name = entry.d_name;
      if (name == "." || name == "..") continue;
      const unsigned char type = type_of(fd, entry);
      if (name == ".git") {
        has_git = type == DT_DIR;
        continue;
      }
      if (type != DT_DIR && type != DT_REG) continue;
      if (filtered && !wanted(prefix_ + directory->path + std::string(name), name, type == DT_DIR)) continue;
      if (type == DT_DIR) {
        if (!last.empty()) stack_.push({directory->path + last + "/", nullptr, {}});
        last = name;
        continue;
      }
      if (count++ == kBatch) {
        stack_.push({{}, directory, std::exchange(names, {})});
        count = 1;
      }
      names.append(name.data(), name.size() + 1);
    }
  }
  if (size < 0) tally_.skip(prefix_ + directory->path, "cannot list: " + message(errno), true);
  if (has_git) read_config(*directory, worker, index);
  if (!names.empty()) read_batch(directory, std::move(names), worker, index);
  return last;
}

/// Remotes may have credentials in their URLs. A git directory without a configuration is none.
void Walk::read_config(const Directory& directory, Worker& worker, unsigned index) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const auto git = std::make_shared<const Directory>(
      Directory{Descriptor(openat(directory.descriptor.get(), ".git", kFlags)), directory.path + ".git/"});
  struct stat info {};
  if (git->descriptor.get() < 0 || fstatat(git->descriptor.get(), "config", &info, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (!S_ISREG(info.st_mode) || !wanted(prefix_ + git->path + "config", "config", false)) return;
  read_batch(git, std::string(kConfig), worker, index);
  worker.seen.pop_back();  // it is no code
}

/// Hands the second half of the files behind `done` on.
void Walk::share(const SharedDirectory& directory, std::string& names, std::size_t done) {
  const std::size_t half = names.find('\0', done + (names.size() - done) / 2) + 1;
  if (half >= names.size()) return;
  stack_.push({{}, directory, names.substr(half)});
  names.resize(half);
}

void Walk::read_batch(const SharedDirectory& directory, std::string names, Worker& worker, unsigned index) {
  std::string& path = worker.origin.path;
  const Reader::Push push = [&](std::string_view bytes, const Part* part) {
    const std::size_t own = part == nullptr ? bytes.size() : part->own.size();
    worker.bytes += own;
    sink_(Blob{bytes, {}, std::span(&worker.origin, 1), nullptr, nullptr, part}, index);
  };
  path.assign(prefix_).append(directory->path);
  const std::size_t stem = path.size();
  for (std::size_t at = 0; sink_ && at < names.size(); at += path.size() - stem + 1) {
    if (stack_.hungry()) share(directory, names, at);
    path.resize(stem);
    path.append(names.c_str() + at);
    const Result<void> done =
        worker.reader.read_file(directory->descriptor.get(), names.c_str() + at, directory->paged, push);
    if (done)
      ++worker.files;
    else
      tally_.skip(path, done.error().message, true);
  }
  tally_.files += std::exchange(worker.files, 0);
  tally_.bytes += std::exchange(worker.bytes, 0);
  worker.seen.push_back({path.substr(0, stem), std::move(names)});
}

/// A file that the user names is opened as the user's programs would: links are followed, pipes are read.
void read_named(const std::filesystem::path& path, const std::string& shown, WindowSize window, const Sink& sink,
                Tally& tally) {
  // Opening or reading a pipe nobody writes to must not hang.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  struct stat info {};
  if (file.get() < 0 || fstat(file.get(), &info) != 0) return tally.skip(shown, message(errno), true);
  if (!S_ISREG(info.st_mode)) fcntl(file.get(), F_SETFL, fcntl(file.get(), F_GETFL) & ~O_NONBLOCK);
  Origin origin;
  origin.path = shown;
  const Result<void> done = Reader(window).read_stream(file.get(), [&](std::string_view bytes, const Part* part) {
    tally.bytes += part == nullptr ? bytes.size() : part->own.size();
    sink(Blob{bytes, {}, std::span(&origin, 1), nullptr, nullptr, part}, 0);
  });
  if (done)
    ++tally.files;
  else
    tally.skip(shown, done.error().message, true);
}

std::vector<std::string> sorted_paths(const std::vector<FileNames>& seen) {
  std::vector<std::string> out;
  for (const FileNames& some : seen)
    for (std::size_t at = 0; at < some.names.size(); at += std::strlen(some.names.c_str() + at) + 1)
      out.push_back(some.directory + (some.names.c_str() + at));
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TreeSource::TreeSource(std::filesystem::path path, std::string prefix, TreeFilter filter)
    : path_(std::move(path)), prefix_(std::move(prefix)), filter_(std::move(filter)) {}

void TreeSource::read(const Sink& sink, unsigned workers, Tally& tally) {
  seen_.clear();
  std::error_code error;
  if (!std::filesystem::is_directory(path_, error)) {
    const std::string name = path_.filename().string();
    read_named(path_, prefix_ + name, filter_.window, sink, tally);
    seen_.push_back({prefix_, name + '\0'});
    return;
  }
  const Descriptor root(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (root.get() < 0) return tally.skip(path_.string(), message(errno), true);
  seen_ = Walk(root.get(), prefix_, filter_, sink, tally).run(workers);
}

std::vector<std::string> TreeSource::paths() const { return sorted_paths(seen_); }

std::vector<std::string> list_tree(const std::filesystem::path& directory, const TreeFilter& filter, unsigned workers) {
  const Descriptor root(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Tally unheard;  // the scan has named what cannot be read
  if (root.get() < 0) return {};
  return sorted_paths(Walk(root.get(), {}, filter, {}, unheard).run(workers));
}

}  // namespace overreach
