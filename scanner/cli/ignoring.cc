#include "scanner/cli/ignoring.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>

#include "detectors/verdict/judge.h"
#include "scanner/source/descriptor.h"
#include "scanner/source/reader.h"

namespace overreach {
namespace {

constexpr std::size_t kLargest = 1 << 20;  // bytes

/// A path inside a container is where the container is.
std::string_view outer(std::string_view path) { return path.substr(0, path.find("!/")); }

const IgnoreFile::Rule* decide(const IgnoreFile& ignore, std::string_view path) {
  const IgnoreFile::Rule* rule = ignore.decide(path);
  return rule != nullptr ? rule : ignore.decide(outer(path));
}

/// Kept if not skipped. The first rule that skips is counted when nothing is left.
template <class Item, class Path>
std::vector<Item> not_skipped(std::span<const Item> items, const IgnoreFile& ignore, const Path& path) {
  std::vector<Item> kept;
  const IgnoreFile::Rule* first = nullptr;
  for (const Item& item : items) {
    const IgnoreFile::Rule* rule = decide(ignore, path(item));
    if (rule == nullptr || rule->kind != IgnoreFile::Rule::Kind::skip)
      kept.push_back(item);
    else if (first == nullptr)
      first = rule;
  }
  if (kept.empty() && first != nullptr) ignore.count(*first);
  return kept;
}

bool from_git(const Origin& origin) {
  return origin.source == Origin::Source::index || origin.source == Origin::Source::commit;
}

}  // namespace

IgnoreFile read_ignore_file(const std::filesystem::path& root) {
  const Descriptor directory(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (faccessat(directory.get(), kIgnoreFile.data(), F_OK, AT_SYMLINK_NOFOLLOW) != 0) return {};
  std::string text;
  const Result<void> done =
      Reader({4 * kLargest, kLargest})
          .read_file(directory.get(), kIgnoreFile.data(), false,
                     [&](std::string_view bytes, const Part* /*part*/) { text = bytes.substr(0, kLargest + 1); });
  if (!done) throw UsageError(std::string(kIgnoreFile) + ": " + done.error().message);
  if (text.size() > kLargest) throw UsageError(std::string(kIgnoreFile) + ": larger than 1 MiB");
  return IgnoreFile(std::string(kIgnoreFile), text);
}

Sink without_skipped(const Sink& sink, const IgnoreFile& ignore) {
  if (ignore.empty()) return sink;
  return [&](const Blob& blob, unsigned worker) {
    if (blob.origins.empty() || !from_git(blob.origins.front())) return sink(blob, worker);
    const auto kept = not_skipped(blob.origins, ignore, [](const Origin& o) -> std::string_view { return o.path; });
    if (kept.size() == blob.origins.size()) return sink(blob, worker);
    Blob rest = blob;
    rest.origins = kept;
    if (!kept.empty()) sink(rest, worker);
  };
}

void drop_skipped(std::vector<Sighting>& sightings, const IgnoreFile& ignore) {
  if (ignore.empty()) return;
  std::erase_if(sightings, [&](Sighting& sighting) {
    if (sighting.sites.empty() || sighting.sites[0].origin.source != Origin::Source::history) return false;
    sighting.sites = not_skipped(std::span<const Site>(sighting.sites), ignore,
                                 [](const Site& site) -> std::string_view { return site.origin.path; });
    return sighting.sites.empty();
  });
}

void mute(std::vector<Finding>& findings, const IgnoreFile& ignore) {
  if (ignore.empty()) return;
  for (Finding& finding : findings) {
    const IgnoreFile::Rule* first = nullptr;
    const bool everywhere = std::all_of(finding.token.sites.begin(), finding.token.sites.end(), [&](const Site& site) {
      if (site.origin.source == Origin::Source::input) return false;
      const IgnoreFile::Rule* rule = decide(ignore, site.origin.path);
      if (first == nullptr) first = rule;
      return rule != nullptr;
    });
    if (!everywhere || first == nullptr) continue;
    finding.muted = Muted{ignore.place(*first), first->reason.empty() ? "skipped" : first->reason};
    finding.severity = Severity::note;
  }
  sort_findings(findings);
}

void summarise_ignored(const IgnoreFile& ignore, std::span<const Finding> findings, ScanSummary& summary) {
  if (ignore.empty()) return;
  summary.ignored.file = kIgnoreFile;
  for (const IgnoreFile::Rule& rule : ignore.rules()) {
    const std::uint64_t count = ignore.counted(rule);
    if (count == 0) continue;
    summary.ignored.paths_skipped += count;
    const std::string why = rule.reason.empty() ? "" : " (" + rule.reason + ")";
    summary.skipped.push_back(
        {ignore.place(rule),
         "'" + rule.written + "' skips " + std::to_string(count) + (count == 1 ? " path" : " paths") + why, false});
  }
  std::sort(summary.skipped.begin(), summary.skipped.end());
  for (const Finding& finding : findings) summary.ignored.findings_muted += finding.muted ? 1 : 0;
}

}  // namespace overreach
