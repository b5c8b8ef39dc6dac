#include "scanner/cli/workspace.h"

#include <iostream>
#include <iterator>

#include "scanner/cli/codebase.h"
#include "scanner/cli/ignoring.h"
#include "scanner/source/git/index_source.h"
#include "scanner/source/git/range_source.h"
#include "scanner/source/input.h"
#include "scanner/source/tree.h"

namespace overreach {
namespace {

namespace fs = std::filesystem;

/// `path` relative to `root`, as a prefix that ends in '/', or empty when they are the same. A
/// path outside the root keeps the spelling the user gave.
std::string prefix_of(const fs::path& path, const fs::path& root, const std::string& spelled) {
  const fs::path relative = fs::weakly_canonical(path).lexically_relative(root);
  if (relative == ".") return {};
  if (relative.empty() || *relative.begin() == "..") return spelled.ends_with('/') ? spelled : spelled + "/";
  return relative.generic_string() + "/";
}

fs::path with_slash(const fs::path& path) { return path / ""; }

std::string read_all(std::istream& in) { return {std::istreambuf_iterator<char>(in), {}}; }

/// Where to look for the repository. Inside a hook git says where it is (empty path); a path on the command line says
/// more.
fs::path start_of(const ScanOptions& options) {
  if (!options.paths.empty()) return options.paths[0];
  return std::getenv("GIT_DIR") != nullptr ? fs::path() : fs::path(".");
}

}  // namespace

Workspace::Workspace(const ScanOptions& options) : options_(options) {
  if (options.standard_input) {
    if (!options.paths.empty()) throw UsageError("--stdin takes no PATH");
    root_ = with_slash(fs::current_path());
    sources_.push_back(std::make_unique<InputSource>());
    return;
  }
  find_root();
  if (!options.no_ignore_file) find_ignore_file();
  add_sources();
}

void Workspace::find_root() {
  for (const std::string& path : options_.paths)
    if (!fs::exists(fs::symlink_status(path))) throw UsageError("no such file or directory: " + path);
  const fs::path first = options_.paths.empty() ? fs::path(".") : fs::path(options_.paths[0]);
  Result<RepositoryPaths> found = find_repository(start_of(options_));
  if (found) {
    git_dir_ = fs::canonical(found->git_dir);
    // Whoever names the git directory itself means the objects, whatever its configuration says.
    bare_ = found->work_tree.empty() || (!options_.staged && fs::canonical(first) == git_dir_);
    root_ = with_slash(bare_ ? git_dir_ : fs::canonical(found->work_tree));
    paths_ = std::move(*found);
    return;
  }
  if (options_.staged || options_.history || options_.commits()) throw UsageError(found.error().message);
  const fs::path base = fs::is_directory(first) && options_.paths.size() <= 1 ? first : fs::current_path();
  root_ = with_slash(fs::canonical(base));
}

bool Workspace::is_ignored(const std::string& path) const {
  if (!paths_ || bare_) return false;
  if (!rules_) rules_ = GitRules::open(start_of(options_));
  if (!*rules_ || !(*rules_)->ignores(path)) return false;
  if (!index_) index_ = IndexFile::open(paths_->index, paths_->git_dir, paths_->id_size);
  return !*index_ || !(*index_)->tracks(path);
}

/// The index is judged by the file in the work tree too: that is where its owner changes it.
void Workspace::find_ignore_file() {
  if (!bare_) {
    ignore_ = read_ignore_file(root_);
    return;
  }
  const std::unique_ptr<CodeBase> head = code();
  const std::vector<std::string> paths = head->paths();
  if (!std::binary_search(paths.begin(), paths.end(), kIgnoreFile)) return;
  if (const Result<std::string> text = head->read(std::string(kIgnoreFile)))
    ignore_ = IgnoreFile(std::string(kIgnoreFile), *text);
}

void Workspace::add_sources() {
  const std::vector<std::string> here = {"."};
  if (options_.staged) {
    sources_.push_back(std::make_unique<IndexSource>(*paths_));
  } else if (options_.commits()) {
    add_range();
  } else {
    if (!bare_ || !options_.history) {
      for (const std::string& path : options_.paths.empty() ? here : options_.paths) {
        std::string prefix = prefix_of(path, root_, path);
        // A file's own name is added by the source.
        if (!fs::is_directory(path)) prefix.erase(prefix.find_last_of('/', prefix.size() - 2) + 1);
        const bool whole = prefix.empty() && fs::is_directory(path);
        auto tree = std::make_unique<TreeSource>(path, std::move(prefix), TreeFilter{options_.exclude, &ignore_, {}});
        if (whole) whole_tree_ = tree.get();
        sources_.push_back(std::move(tree));
      }
    }
    if (options_.history) {
      auto history = std::make_unique<HistorySource>(git_dir_);
      history_ = history.get();
      sources_.push_back(std::move(history));
    }
  }
}

void Workspace::add_range() {
  RangeRequest request{options_.range, options_.since, std::nullopt, options_.remote};
  if (options_.pre_push) request.pushed = read_all(std::cin);
  auto range = std::make_unique<RangeSource>(*paths_, request);
  notices_ = range->notices();
  sources_.push_back(std::move(range));
}

std::string Workspace::mode() const {
  if (options_.standard_input) return "stdin";
  if (options_.staged) return "staged";
  if (options_.commits()) return "range";
  return options_.history ? "history" : "tree";
}

void Workspace::read(const Sink& sink, unsigned workers, Tally& tally) const {
  const Sink wanted = without_skipped(sink, ignore_);
  for (const auto& source : sources_) source->read(wanted, workers, tally);
}

void Workspace::use_cache(const std::string& rules) const {
  if (history_ != nullptr && !options_.no_cache) history_->use_cache(ScanCache::default_directory(), rules);
}

std::unique_ptr<CodeBase> Workspace::code() const {
  if (options_.standard_input) return no_code();
  if (options_.staged) return index_code(*paths_);
  if (bare_) return head_code(*paths_);
  return whole_tree_ != nullptr ? directory_code(root_, whole_tree_->paths()) : directory_code(root_, ignore_);
}

}  // namespace overreach
