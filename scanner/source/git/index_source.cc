#include "scanner/source/git/index_source.h"

#include <string>
#include <vector>

#include "scanner/source/git/index_file.h"
#include "scanner/source/git/push_blobs.h"
#include "scanner/source/git/staged.h"

namespace overreach {
namespace {

/// The content of an object that must be of this type.
Result<std::string> read_typed(const ObjectStore& store, std::string_view id, ObjectType type) {
  Result<Object> object = store.read(id);
  if (!object) return tl::unexpected(object.error());
  if (object->type != type) return fail(Error::Kind::malformed, "an object is not of the type it should be");
  return std::move(object->bytes);
}

/// The tree of HEAD, raw id; empty before the first commit.
Result<std::string> head_tree_of(const RepositoryPaths& repository, const ObjectStore& store) {
  constexpr std::string_view kTree = "tree ";
  const Result<std::string> commit = read_ref(repository, "HEAD");
  if (!commit || commit->empty()) return commit;
  const Result<std::string> text = read_typed(store, *commit, ObjectType::commit);
  if (!text) return fail(text.error().kind, "cannot read the commit of HEAD: " + text.error().message);
  std::string tree = text->starts_with(kTree) ? unhex(text->substr(kTree.size(), 2 * repository.id_size)) : "";
  if (tree.size() != repository.id_size) return fail(Error::Kind::malformed, "the commit of HEAD is damaged");
  return tree;
}

}  // namespace

void IndexSource::read(const Sink& sink, unsigned workers, Tally& tally) {
  const Result<IndexFile> index = IndexFile::open(repository_.index, repository_.git_dir, repository_.id_size);
  if (!index) return tally.skip("index", "cannot read the index: " + index.error().message, true);
  const ObjectStore store(repository_.objects, repository_.id_size, tally);
  const Result<std::string> head = head_tree_of(repository_, store);
  if (!head) tally.skip("HEAD", head.error().message, true);  // then all files count as new
  std::vector<StagedFile> files = staged_files(
      *index, head.value_or(""), [&](std::string_view id) { return read_typed(store, id, ObjectType::tree); }, tally);
  tally.files += files.size();
  std::vector<WantedBlob> wanted;
  wanted.reserve(files.size());
  for (StagedFile& file : files) {
    Origin origin;
    origin.source = Origin::Source::index;
    origin.path = std::move(file.path);
    wanted.push_back({std::move(file.id), {std::move(origin)}});
  }
  push_blobs(store, repository_.partial_clone, wanted, sink, workers, tally);
}

}  // namespace overreach
