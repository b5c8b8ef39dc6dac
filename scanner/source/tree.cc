// Workers share one stack of tasks. A task is a directory to list or a batch of its files to
// read, so that a flat directory with a million files is spread as well as a deep one.
#include "scanner/source/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "scanner/base/handle.h"
#include "scanner/source/file.h"

namespace overreach {
namespace {

using Directory = Handle<DIR, closedir>;

constexpr std::size_t kBatch = 32;             // files per task
constexpr std::size_t kKeepBuffer = 16 << 20;  // larger buffers are given back after use

struct Task {
  std::string directory;           // relative to the root, "" or ending in '/'
  std::vector<std::string> files;  // empty: list the directory
};

/// Tasks that are waiting, and how many are being worked on; empty and idle means done.
class TaskStack {
 public:
  void push(Task task) {
    {
      const std::scoped_lock lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
  }

  /// Blocks until there is a task or all work is done.
  std::optional<Task> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !tasks_.empty() || busy_ == 0; });
    if (tasks_.empty()) return std::nullopt;
    Task task = std::move(tasks_.back());
    tasks_.pop_back();
    ++busy_;
    return task;
  }

  void done() {
    const std::scoped_lock lock(mutex_);
    if (--busy_ == 0 && tasks_.empty()) changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Task> tasks_;
  unsigned busy_ = 0;
};

/// One run over one directory.
class Walk {
 public:
  Walk(int root, const std::string& prefix, const std::vector<std::string>& exclude, const Sink& sink, Tally& tally)
      : root_(root), prefix_(prefix), exclude_(exclude), sink_(sink), tally_(tally) {}

  void run(unsigned workers) {
    stack_.push({});
    std::vector<std::jthread> threads;
    for (unsigned worker = 1; worker < workers; ++worker) threads.emplace_back([this, worker] { work(worker); });
    work(0);
  }

  void read_one(const std::string& path, std::string& buffer, unsigned worker);

 private:
  void work(unsigned worker) {
    std::string buffer;
    while (const std::optional<Task> task = stack_.pop()) {
      if (task->files.empty()) list(task->directory);
      for (const std::string& name : task->files) read_one(task->directory + name, buffer, worker);
      stack_.done();
    }
  }

  void list(const std::string& directory);
  void add_entry(const std::string& directory, const dirent& entry, int fd, Task& batch);

  bool excluded(const std::string& path) const {
    const std::string name = path.substr(path.rfind('/') + 1);
    return std::any_of(exclude_.begin(), exclude_.end(), [&](const std::string& glob) {
      return fnmatch(glob.c_str(), path.c_str(), 0) == 0 || fnmatch(glob.c_str(), name.c_str(), 0) == 0;
    });
  }

  int root_;
  const std::string& prefix_;
  const std::vector<std::string>& exclude_;
  const Sink& sink_;
  Tally& tally_;
  TaskStack stack_;
};

void Walk::list(const std::string& directory) {
  const int fd =
      openat(root_, directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const Directory dir(fd < 0 ? nullptr : fdopendir(fd));
  if (dir == nullptr) {
    tally_.skip(prefix_ + directory, "cannot list: " + std::generic_category().message(errno), true);
    return;
  }
  Task batch{directory, {}};
  while (const dirent* entry = readdir(dir.get())) {
    add_entry(directory, *entry, fd, batch);
    if (batch.files.size() == kBatch) {
      stack_.push(std::move(batch));
      batch = {directory, {}};
    }
  }
  if (!batch.files.empty()) stack_.push(std::move(batch));
}

void Walk::add_entry(const std::string& directory, const dirent& entry, int fd, Task& batch) {
  const std::string name = entry.d_name;
  if (name == "." || name == ".." || name == ".git") return;
  unsigned char type = entry.d_type;
  if (type == DT_UNKNOWN) {  // some file systems do not say
    struct stat info {};
    if (fstatat(fd, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) == 0)
      type = S_ISDIR(info.st_mode) ? DT_DIR : S_ISREG(info.st_mode) ? DT_REG : DT_UNKNOWN;
  }
  if (type != DT_DIR && type != DT_REG) return;
  if (!exclude_.empty() && excluded(prefix_ + directory + name)) {
    tally_.skip(prefix_ + directory + name, "excluded", false);
    return;
  }
  if (type == DT_DIR)
    stack_.push({directory + name + "/", {}});
  else
    batch.files.push_back(name);
}

void Walk::read_one(const std::string& path, std::string& buffer, unsigned worker) {
  const Result<std::string_view> bytes = read_file(root_, path.c_str(), buffer);
  if (!bytes) {
    tally_.skip(prefix_ + path, bytes.error().message, true);
    return;
  }
  ++tally_.files;
  tally_.bytes += bytes->size();
  Origin origin;
  origin.path = prefix_ + path;
  sink_(Blob{*bytes, {}, std::span(&origin, 1)}, worker);
  if (buffer.size() > kKeepBuffer) std::string().swap(buffer);
}

}  // namespace

TreeSource::TreeSource(std::filesystem::path path, std::string prefix, std::vector<std::string> exclude)
    : path_(std::move(path)), prefix_(std::move(prefix)), exclude_(std::move(exclude)) {}

void TreeSource::read(const Sink& sink, unsigned workers, Tally& tally) {
  const bool directory = std::filesystem::is_directory(path_);
  std::filesystem::path root = directory ? path_ : path_.parent_path();
  if (root.empty()) root = ".";
  const int fd = open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    tally.skip(path_.string(), std::generic_category().message(errno), true);
    return;
  }
  Walk walk(fd, prefix_, exclude_, sink, tally);
  std::string buffer;
  if (directory)
    walk.run(workers);
  else
    walk.read_one(path_.filename().string(), buffer, 0);
  close(fd);
}

}  // namespace overreach
