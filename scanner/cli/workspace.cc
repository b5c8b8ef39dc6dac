#include "scanner/cli/workspace.h"

#include <iostream>
#include <iterator>

#include "scanner/cli/codebase.h"
#include "scanner/source/index_source.h"
#include "scanner/source/input.h"
#include "scanner/source/range_source.h"
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
  add_sources();
}

void Workspace::find_root() {
  for (const std::string& path : options_.paths)
    if (!fs::exists(fs::symlink_status(path))) throw UsageError("no such file or directory: " + path);
  if (options_.staged) return find_staged_root();
  const fs::path first = options_.paths.empty() ? fs::path(".") : fs::path(options_.paths[0]);
  git_.emplace();
  Result<Repository> opened = open_repository(start_of(options_));
  if (opened) {
    repository_ = std::move(*opened);
    const std::string top = work_tree(repository_.get());
    git_dir_ = fs::canonical(git_repository_path(repository_.get()));
    // Whoever names the git directory itself means the objects, whatever its configuration says.
    bare_ = top.empty() || fs::canonical(first) == git_dir_;
    root_ = with_slash(bare_ ? git_dir_ : fs::canonical(top));
    return;
  }
  if (options_.history || options_.commits()) throw UsageError(opened.error().message);
  const fs::path base = fs::is_directory(first) && options_.paths.size() <= 1 ? first : fs::current_path();
  root_ = with_slash(fs::canonical(base));
}

void Workspace::find_staged_root() {
  Result<RepositoryPaths> found = find_repository(start_of(options_));
  if (!found) throw UsageError(found.error().message);
  git_dir_ = fs::canonical(found->git_dir);
  bare_ = found->work_tree.empty();
  root_ = with_slash(bare_ ? git_dir_ : fs::canonical(found->work_tree));
  staged_ = std::move(*found);
}

git_repository* Workspace::repository() const {
  if (staged_ && !git_) {
    git_.emplace();
    if (Result<Repository> opened = open_repository(start_of(options_))) repository_ = std::move(*opened);
  }
  return repository_.get();
}

void Workspace::add_sources() {
  const std::vector<std::string> here = {"."};
  if (options_.staged) {
    sources_.push_back(std::make_unique<IndexSource>(*staged_));
  } else if (options_.commits()) {
    add_range();
  } else {
    if (!bare_ || !options_.history) {
      for (const std::string& path : options_.paths.empty() ? here : options_.paths) {
        std::string prefix = prefix_of(path, root_, path);
        // A file's own name is added by the source.
        if (!fs::is_directory(path)) prefix.erase(prefix.find_last_of('/', prefix.size() - 2) + 1);
        sources_.push_back(std::make_unique<TreeSource>(path, prefix, options_.exclude));
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
  Result<RepositoryPaths> repository = find_repository(start_of(options_));
  if (!repository) throw UsageError(repository.error().message);
  RangeRequest request{options_.range, options_.since, std::nullopt, options_.remote};
  if (options_.pre_push) request.pushed = read_all(std::cin);
  auto range = std::make_unique<RangeSource>(std::move(*repository), request);
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
  for (const auto& source : sources_) source->read(sink, workers, tally);
}

std::unique_ptr<CodeBase> Workspace::code() const {
  if (options_.standard_input) return no_code();
  if (staged_) return index_code(*staged_);
  if (bare_) return head_code(git_dir_);
  return directory_code(root_);
}

}  // namespace overreach
