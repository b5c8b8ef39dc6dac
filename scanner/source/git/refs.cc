#include "scanner/source/git/refs.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "scanner/source/git/object.h"

namespace overreach {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestRefFile = 1U << 30U;

class Reader {
 public:
  Reader(std::size_t id_size, Tally& tally) : id_size_(id_size), tally_(tally) {}

  std::optional<std::string> slurp(const fs::path& file) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) return std::nullopt;
    if (fs::file_size(file, error) > kLargestRefFile || error) return lost(file);
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in && !text.str().empty()) return lost(file);
    return text.str();
  }

  /// The id at the beginning of `text`, as a tip; nothing for symbolic refs ("ref: ..."), which name other refs.
  void add(const std::string& name, std::string_view text, bool reflog) {
    std::string id = unhex(text.substr(0, 2 * id_size_));
    const bool none = std::all_of(id.begin(), id.end(), [](char c) { return c == '\0'; });
    if (id.size() == id_size_ && !none) tips.push_back({name, std::move(id), reflog});
  }

  /// A ref has one line; FETCH_HEAD and MERGE_HEAD may have more.
  void add_file(const fs::path& file, const std::string& name) {
    // ORIG_HEAD and its like are notes of what was, as reflogs are.
    const bool note = name.ends_with("_HEAD") && name.find("refs/") == std::string::npos;
    std::istringstream lines(slurp(file).value_or(""));
    for (std::string line; std::getline(lines, line);) add(name, line, note);
  }

  /// "old-id new-id Name <mail> time zone\tmessage" per line.
  void add_reflog(const fs::path& file, const std::string& name) {
    const std::optional<std::string> text = slurp(file);
    std::istringstream lines(text.value_or(""));
    for (std::string line; std::getline(lines, line);) {
      add(name, line, true);
      if (line.size() > 4 * id_size_) add(name, std::string_view(line).substr(2 * id_size_ + 1), true);
    }
  }

  /// Calls visit(file, name) for every file below `directory`.
  template <class Visit>
  void walk(const fs::path& directory, const std::string& prefix, Visit visit) {
    std::error_code error;
    fs::recursive_directory_iterator it(directory, fs::directory_options::skip_permission_denied, error);
    for (; !error && it != fs::recursive_directory_iterator(); it.increment(error))
      if (it->is_regular_file(error))
        visit(it->path(), prefix + it->path().lexically_relative(directory).generic_string());
  }

  /// A ref that has a file of its own is out of date here.
  void add_packed(const fs::path& file) {
    std::set<std::string> newer;
    for (const Tip& tip : tips)
      if (!tip.reflog) newer.insert(tip.name);  // a reflog has the name of its ref
    std::istringstream lines(slurp(file).value_or(""));
    for (std::string line; std::getline(lines, line);) {
      const std::string name = line.size() > 2 * id_size_ ? line.substr(2 * id_size_ + 1) : "";
      if (name.starts_with("refs/") && !newer.contains(name)) add(name, line, false);
    }
  }

  /// What one work tree (or the main one) has to itself: HEAD, FETCH_HEAD, its own refs and reflogs.
  void add_private(const fs::path& directory, const std::string& prefix) {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, error))
      if (entry.path().filename().string().ends_with("HEAD"))
        add_file(entry.path(), prefix + entry.path().filename().string());
    walk(directory / "refs", prefix + "refs/", [&](const fs::path& file, const std::string& n) { add_file(file, n); });
    walk(directory / "logs", prefix, [&](const fs::path& file, const std::string& n) { add_reflog(file, n); });
  }

  std::vector<Tip> tips;

 private:
  std::nullopt_t lost(const fs::path& file) {
    tally_.skip(file.filename().string(), "cannot read this file of refs", true);
    return std::nullopt;
  }

  std::size_t id_size_;
  Tally& tally_;
};

}  // namespace

std::vector<Tip> read_tips(const fs::path& common, std::size_t id_size, Tally& tally) {
  Reader reader(id_size, tally);
  reader.add_private(common, "");
  reader.add_packed(common / "packed-refs");
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(common / "worktrees", error))
    reader.add_private(entry.path(), "worktrees/" + entry.path().filename().string() + "/");
  if (fs::is_directory(common / "reftable", error))
    tally.skip("reftable", "refs in this format are not read: what reaches an object is not known", true);
  std::sort(reader.tips.begin(), reader.tips.end());
  reader.tips.erase(std::unique(reader.tips.begin(), reader.tips.end()), reader.tips.end());
  return std::move(reader.tips);
}

std::string head_id(const fs::path& git_dir, std::span<const Tip> tips, std::size_t id_size) {
  std::ifstream file(git_dir / "HEAD");
  std::string line;
  std::getline(file, line);
  if (!line.starts_with("ref: ")) return unhex(line.substr(0, 2 * id_size));
  const auto tip = std::find_if(tips.begin(), tips.end(), [&](const Tip& t) {
    return !t.reflog && t.name == line.substr(line.find_first_not_of(' ', 5));
  });
  return tip == tips.end() ? std::string() : tip->id;
}

}  // namespace overreach
