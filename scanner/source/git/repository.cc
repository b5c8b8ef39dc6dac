#include "scanner/source/git/repository.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "scanner/base/hash.h"
#include "scanner/source/git/git_config.h"
#include "scanner/source/git/object.h"
#include "scanner/source/mapped_file.h"

namespace overreach {
namespace {

namespace fs = std::filesystem;

/// What a variable of the environment says; empty when it is not set.
fs::path from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

/// A small file without the blanks at its end; nothing when it cannot be read.
std::optional<std::string> read_line(const fs::path& path) {
  constexpr std::size_t kLongest = 64 * 1024;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text(kLongest, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

/// `path`, which a file in `base` names.
fs::path resolved(const fs::path& base, const fs::path& path) { return (base / path).lexically_normal(); }

fs::path common_of(const fs::path& git_dir) {
  if (const fs::path named = from_environment("GIT_COMMON_DIR"); !named.empty()) return fs::absolute(named);
  const std::optional<std::string> line = read_line(git_dir / "commondir");
  return line && !line->empty() ? resolved(git_dir, *line) : git_dir;
}

bool is_git_dir(const fs::path& path) {
  std::error_code error;
  const fs::path head = path / "HEAD";
  if (!fs::is_symlink(head, error) && !fs::is_regular_file(head, error)) return false;
  const fs::path common = common_of(path);
  const bool objects = !from_environment("GIT_OBJECT_DIRECTORY").empty() || fs::is_directory(common / "objects", error);
  return objects && fs::is_directory(common / "refs", error);
}

/// The git directory that `directory` is or has; nothing when it has none.
std::optional<fs::path> git_dir_at(const fs::path& directory) {
  const fs::path dot_git = directory / ".git";
  std::error_code error;
  if (fs::is_regular_file(dot_git, error)) {
    const std::optional<std::string> line = read_line(dot_git);
    if (!line || !line->starts_with("gitdir: ")) return std::nullopt;
    fs::path named = resolved(directory, line->substr(8));
    return is_git_dir(named) ? std::optional(named) : std::nullopt;
  }
  if (is_git_dir(dot_git)) return dot_git;
  return is_git_dir(directory) ? std::optional(directory) : std::nullopt;
}

bool is_ceiling(const fs::path& directory) {
  const char* list = std::getenv("GIT_CEILING_DIRECTORIES");
  std::istringstream ceilings(list == nullptr ? "" : list);
  for (std::string ceiling; std::getline(ceilings, ceiling, ':');)
    if (!ceiling.empty() && fs::path(ceiling).lexically_normal() == directory) return true;
  return false;
}

struct Found {
  fs::path git_dir;
  fs::path beside;  // the directory that has it
};

Result<Found> discover(const fs::path& start) {
  std::error_code error;
  const fs::path first = fs::canonical(start.empty() ? fs::path(".") : start, error);
  if (error) return fail(Error::Kind::io, "cannot open " + start.string() + ": " + error.message());
  for (fs::path at = first;; at = at.parent_path()) {
    if (const std::optional<fs::path> git_dir = git_dir_at(at)) return Found{*git_dir, at};
    if (at == at.parent_path() || is_ceiling(at.parent_path()))
      return fail(Error::Kind::io,
                  "there is no git repository at " + (start.empty() ? "." : start.string()) + " or above it");
  }
}

/// What the repository's own configuration says.
struct Settings {
  bool bare = false;
  bool worktree_config = false;
  std::string work_tree, format, refs, url;
  bool partial_clone = false;
};

Result<void> read_settings(const fs::path& path, Settings& settings) {
  const Result<MappedFile> file = MappedFile::open(path);
  std::error_code error;
  if (!file && !fs::exists(path, error)) return {};
  if (!file) return fail(file.error().kind, "cannot read " + path.string() + ": " + file.error().message);
  const Result<void> read = for_each_setting(file->bytes(), [&](const std::string& name, const std::string& value) {
    if (name == "core.bare") settings.bare = is_true(value);
    if (name == "core.worktree") settings.work_tree = value;
    if (name == "extensions.worktreeconfig") settings.worktree_config = is_true(value);
    if (name == "extensions.objectformat") settings.format = value;
    if (name == "extensions.refstorage") settings.refs = value;
    if (name == "remote.origin.url") settings.url = value;
    if (name == "extensions.partialclone" || (name.starts_with("remote.") && name.ends_with(".promisor")))
      settings.partial_clone = true;
  });
  if (!read) return fail(read.error().kind, path.string() + ": " + read.error().message);
  return {};
}

/// Git's order: the variable, the configuration, then where the repository was found.
fs::path work_tree_of(const Found& found, const fs::path& git_dir, const Settings& settings, bool named) {
  if (const fs::path tree = from_environment("GIT_WORK_TREE"); !tree.empty()) return fs::absolute(tree);
  if (!settings.work_tree.empty()) return resolved(git_dir, settings.work_tree);
  if (named) return settings.bare ? fs::path() : fs::current_path();
  if (git_dir == found.beside)  // we began inside of it
    return settings.bare || git_dir.filename() != ".git" ? fs::path() : git_dir.parent_path();
  return settings.bare && git_dir == found.beside / ".git" ? fs::path() : found.beside;
}

/// A remote URL may carry a token: keep scheme, host and path only.
std::string without_credentials(std::string url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const std::size_t host = scheme + 3;
  const std::size_t at = url.substr(0, url.find('/', host)).rfind('@');
  if (at != std::string::npos && at >= host) url.erase(host, at + 1 - host);
  return url.substr(0, url.find_first_of("?#"));
}

constexpr std::string_view kRefPrefix = "ref:";

/// The id of a ref in packed-refs; empty when it is not there.
std::string packed_ref(const fs::path& common, const std::string& name) {
  const Result<MappedFile> file = MappedFile::open(common / "packed-refs");
  if (!file) return {};
  const std::string_view text = file->bytes();
  const std::string wanted = " " + name;
  for (std::size_t at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) {
    const std::size_t end = at + wanted.size();
    const std::size_t line = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    if ((end == text.size() || text[end] == '\n' || text[end] == '\r') && text[line] != '#')
      return unhex(text.substr(line, at - line));
  }
  return {};
}

}  // namespace

Result<RepositoryPaths> find_repository(const fs::path& start) {
  const fs::path named = start.empty() ? from_environment("GIT_DIR") : fs::path();
  Found found;
  if (!named.empty()) {
    found = {fs::absolute(named).lexically_normal(), {}};
    if (found.git_dir.filename().empty()) found.git_dir = found.git_dir.parent_path();
    if (!is_git_dir(found.git_dir)) return fail(Error::Kind::io, "GIT_DIR is not a git repository: " + named.string());
  } else {
    Result<Found> discovered = discover(start);
    if (!discovered) return tl::unexpected(discovered.error());
    found = std::move(*discovered);
  }

  RepositoryPaths out;
  out.git_dir = found.git_dir;
  out.common = common_of(out.git_dir);
  Settings settings;
  Result<void> read = read_settings(out.common / "config", settings);
  if (out.common != out.git_dir) {  // what the main work tree is says nothing about a linked one
    settings.bare = false;
    settings.work_tree.clear();
  }
  if (read && settings.worktree_config) read = read_settings(out.git_dir / "config.worktree", settings);
  if (!read) return tl::unexpected(read.error());
  if (!settings.format.empty() && settings.format != "sha1" && settings.format != "sha256")
    return fail(Error::Kind::refused, "the repository has the unknown object format " + settings.format);
  if (!settings.refs.empty() && settings.refs != "files")
    return fail(Error::Kind::refused, "the repository keeps its refs as " + settings.refs + ", which we cannot read");
  out.id_size = settings.format == "sha256" ? 32 : 20;
  out.partial_clone = settings.partial_clone;
  out.work_tree = work_tree_of(found, out.git_dir, settings, !named.empty());
  // Git goes to the top of the work tree before it looks at these two.
  const fs::path top = out.work_tree.empty() ? fs::current_path() : out.work_tree;
  const fs::path index = from_environment("GIT_INDEX_FILE");
  out.index = index.empty() ? out.git_dir / "index" : top / index;
  const fs::path objects = from_environment("GIT_OBJECT_DIRECTORY");
  out.objects = objects.empty() ? out.common / "objects" : top / objects;
  return out;
}

Result<std::string> read_ref(const RepositoryPaths& repository, std::string name) {
  constexpr int kMaxLinks = 5;  // as git
  const std::string first = name;
  for (int i = 0; i <= kMaxLinks; ++i) {
    if (name.empty() || name.starts_with('/') || name.ends_with('/') || name.find("..") != std::string::npos)
      return fail(Error::Kind::malformed, "the ref " + first + " is damaged");
    // HEAD and the like belong to a work tree; branches are shared.
    const bool own = name.find('/') == std::string::npos || name.starts_with("refs/worktree/") ||
                     name.starts_with("refs/bisect/") || name.starts_with("refs/rewritten/");
    std::optional<std::string> line = read_line((own ? repository.git_dir : repository.common) / name);
    if (!line) return packed_ref(repository.common, name);
    if (!line->starts_with(kRefPrefix)) {
      std::string id = unhex(line->substr(0, 2 * repository.id_size));
      if (id.size() != repository.id_size) return fail(Error::Kind::malformed, "the ref " + name + " is damaged");
      return id;
    }
    name = line->substr(std::min(line->find_first_not_of(" \t", kRefPrefix.size()), line->size()));
  }
  return fail(Error::Kind::malformed, "the ref " + first + " names a ref that names a ref, and so on");
}

RepositoryFacts facts_of(const RepositoryPaths& repository) {
  constexpr std::string_view kBranch = "ref: refs/heads/";
  RepositoryFacts facts;
  facts.revision = hex(read_ref(repository, "HEAD").value_or(""));
  const std::string head = read_line(repository.git_dir / "HEAD").value_or("");
  if (!facts.revision.empty() && head.starts_with(kBranch)) facts.branch = head.substr(kBranch.size());
  Settings settings;
  if (read_settings(repository.common / "config", settings)) facts.url = without_credentials(settings.url);
  std::error_code error;
  const std::uintmax_t size = fs::file_size(repository.common / "shallow", error);
  facts.shallow = !error && size > 0;
  return facts;
}

}  // namespace overreach
