#include "scanner/source/git/revision.h"

#include <charconv>
#include <optional>
#include <string_view>

#include "scanner/source/git/commit_walk.h"
#include "scanner/source/git/git_rules.h"

namespace overreach {
namespace {

constexpr int kMaxTags = 100;  // a tag may name a tag

/// The raw id that a ref or a full id means; empty when there is none.
std::string find_name(const RepositoryPaths& repository, const std::string& name) {
  if (name.size() == 2 * repository.id_size)
    if (std::string id = unhex(name); !id.empty()) return id;
  if (name.empty() || name == "@") return read_ref(repository, "HEAD").value_or("");
  for (const char* prefix : {"", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"})
    if (std::string id = read_ref(repository, prefix + name).value_or(""); !id.empty()) return id;
  return read_ref(repository, "refs/remotes/" + name + "/HEAD").value_or("");
}

/// Follows tags to the commit.
Result<CommitObject> peel(const ObjectStore& store, std::string id) {
  constexpr std::string_view kObject = "object ";
  for (int i = 0; i < kMaxTags; ++i) {
    const Result<Object> object = store.read(id);
    if (!object) return tl::unexpected(object.error());
    if (object->type != ObjectType::tag || !object->bytes.starts_with(kObject)) return read_commit(store, id);
    const std::string target = unhex(object->bytes.substr(kObject.size(), 2 * id.size()));
    if (target.size() != id.size()) break;
    id = target;
  }
  return fail(Error::Kind::malformed, "it is a damaged tag");
}

/// ~N, ^N or ^{commit} at the front of `steps`: takes it off and goes there. Nothing when it is something else.
std::optional<CommitObject> step(const ObjectStore& store, std::string_view& steps, const CommitObject& from) {
  constexpr std::string_view kPeel = "^{commit}";
  if (steps.starts_with(kPeel)) {
    steps.remove_prefix(kPeel.size());
    return from;
  }
  const bool first_parents = steps[0] == '~';
  unsigned count = 1;
  const auto [stop, error] = std::from_chars(steps.data() + 1, steps.data() + steps.size(), count);
  if (error == std::errc::result_out_of_range) return std::nullopt;
  steps.remove_prefix(error == std::errc() ? static_cast<std::size_t>(stop - steps.data()) : 1);
  CommitObject at = from;
  for (unsigned i = 0; first_parents ? i < count : i < 1 && count > 0; ++i) {
    const std::size_t parent = first_parents ? 0 : count - 1;
    if (parent >= at.parents.size()) return std::nullopt;
    Result<CommitObject> next = read_commit(store, at.parents[parent]);
    if (!next) return std::nullopt;
    at = std::move(*next);
  }
  return at;
}

std::optional<std::string> find_here(const RepositoryPaths& repository, const ObjectStore& store,
                                     const std::string& text) {
  const std::size_t length = text.find_first_of("~^");
  const std::string id = find_name(repository, text.substr(0, length));
  if (id.empty()) return std::nullopt;
  const Result<CommitObject> named = peel(store, id);
  std::optional<CommitObject> at = named ? std::optional(*named) : std::nullopt;
  std::string_view steps = length == std::string::npos ? std::string_view() : std::string_view(text).substr(length);
  while (at && !steps.empty()) {
    if (steps[0] != '~' && steps[0] != '^') return std::nullopt;
    at = step(store, steps, *at);
  }
  return at ? std::optional(at->id) : std::nullopt;
}

}  // namespace

Result<std::string> find_commit(const RepositoryPaths& repository, const ObjectStore& store, const std::string& text) {
  if (std::optional<std::string> id = find_here(repository, store, text)) return *id;
  const auto missing = [&] { return fail(Error::Kind::io, "cannot find the revision '" + text + "'"); };
  constexpr std::size_t kSha1 = 20;  // libgit2 reads no other objects
  if (repository.id_size != kSha1) return missing();
  const Result<GitRules> git = GitRules::open(repository.git_dir);
  const Result<std::string> found = git ? git->find_commit(text) : tl::unexpected(git.error());
  if (!found) return missing();
  return found;
}

bool is_null_id(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) && text.find_first_not_of('0') == std::string::npos;
}

}  // namespace overreach
