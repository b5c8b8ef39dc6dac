#include "scanner/source/git/scan_cache.h"

#include <sqlite3.h>

#include <cstdlib>
#include <sstream>
#include <utility>

#include "scanner/base/hash.h"
#include "scanner/source/private_database.h"

namespace overreach {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".scan.sqlite";
constexpr int kFormat = 1;  // user_version; a file of another format is made anew
constexpr const char* kSchema =
    "CREATE TABLE packs(checksum BLOB PRIMARY KEY, blobs INTEGER, ids BLOB) WITHOUT ROWID;"
    "CREATE TABLE loose(id BLOB PRIMARY KEY, is_blob INTEGER) WITHOUT ROWID;"
    "CREATE TABLE marked(id BLOB PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE states(state BLOB PRIMARY KEY, commits INTEGER) WITHOUT ROWID;"
    "CREATE TABLE origins(blob TEXT, path BLOB, first TEXT, last TEXT, in_head INTEGER, refs TEXT, ref_count INTEGER,"
    " in_reflog INTEGER);"
    "CREATE TABLE skipped(path BLOB, reason TEXT, incomplete INTEGER);"
    "PRAGMA user_version = 1;";

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + '\n';
  return out;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out.push_back(line);
  return out;
}

/// A transaction that is undone unless it is committed.
class Transaction {
 public:
  explicit Transaction(sqlite3* database) : database_(database), open_(execute(database, "BEGIN IMMEDIATE")) {}
  ~Transaction() {
    if (open_) execute(database_, "ROLLBACK");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  explicit operator bool() const { return open_; }
  void commit() { open_ = !execute(database_, "COMMIT"); }

 private:
  sqlite3* database_;
  bool open_;
};

}  // namespace

ScanCache::ScanCache(SqlDatabase database) : database_(std::move(database)) {}

fs::path ScanCache::default_directory() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
    return fs::path(cache) / "overreach";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return fs::path(home) / ".cache" / "overreach";
  return {};
}

std::optional<ScanCache> ScanCache::open(const fs::path& directory, const fs::path& common, std::string_view rules) {
  std::error_code error;
  const fs::path real = fs::canonical(common, error);
  if (directory.empty() || error) return std::nullopt;
  const std::string name = hex(sha256(real.string() + '\0', rules)).substr(0, 32);
  SqlDatabase database = open_private_database(directory / (name + std::string(kSuffix)), kSchema, kFormat);
  if (database == nullptr) return std::nullopt;
  return ScanCache(std::move(database));
}

std::size_t ScanCache::clear(const fs::path& directory) {
  std::size_t removed = 0;
  std::error_code error;
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error))
    if (entry.path().filename().string().find(kSuffix) != std::string::npos) files.push_back(entry.path());
  for (const fs::path& file : files) removed += fs::remove(file, error) ? 1 : 0;
  return removed;
}

std::optional<ScanCache::Pack> ScanCache::pack(std::string_view checksum) const {
  SqlQuery query(database_.get(), "SELECT blobs FROM packs WHERE checksum = ?");
  if (!query.blob(checksum).next()) return std::nullopt;
  return Pack{std::string(checksum), static_cast<std::uint64_t>(query.integer(0)), ""};
}

ScanCache::Loose ScanCache::loose() const {
  Loose out;
  SqlQuery query(database_.get(), "SELECT id, is_blob FROM loose ORDER BY id");
  while (query.next()) out.emplace_hint(out.end(), query.text(0), query.integer(1) != 0);
  return out;
}

void ScanCache::add_blobs(IdTable& ids) const {
  const std::size_t size = ids.id_size();
  SqlQuery packs(database_.get(), "SELECT ids FROM packs");
  while (packs.next()) {
    const std::string all = packs.text(0);
    for (std::size_t at = 0; at + size <= all.size(); at += size) ids.add(std::string_view(all).substr(at, size));
  }
  SqlQuery loose(database_.get(), "SELECT id FROM loose WHERE is_blob");
  while (loose.next())
    if (const std::string id = loose.text(0); id.size() == size) ids.add(id);
}

std::vector<std::string> ScanCache::marked() const {
  std::vector<std::string> out;
  SqlQuery query(database_.get(), "SELECT id FROM marked ORDER BY id");
  while (query.next()) out.push_back(query.text(0));
  return out;
}

std::optional<KnownOrigins> ScanCache::origins(std::string_view state) const {
  SqlQuery known(database_.get(), "SELECT commits FROM states WHERE state = ?");
  if (!known.blob(state).next()) return std::nullopt;
  KnownOrigins out;
  out.commits = static_cast<std::uint64_t>(known.integer(0));
  SqlQuery rows(database_.get(), "SELECT blob, path, first, last, in_head, refs, ref_count, in_reflog FROM origins");
  while (rows.next()) {
    Origin origin;
    origin.source = Origin::Source::history;
    origin.path = rows.text(1);
    origin.commit = rows.text(2);
    origin.last_commit = rows.text(3);
    origin.in_head = rows.integer(4) != 0;
    origin.refs = split(rows.text(5));
    origin.ref_count = static_cast<std::uint32_t>(rows.integer(6));
    origin.in_reflog = rows.integer(7) != 0;
    out.origins[rows.text(0)].push_back(std::move(origin));
  }
  SqlQuery skipped(database_.get(), "SELECT path, reason, incomplete FROM skipped");
  while (skipped.next()) out.skipped.push_back({skipped.text(0), skipped.text(1), skipped.integer(2) != 0});
  return out;
}

void ScanCache::remember(const std::vector<Pack>& packs, const Loose& loose, const std::vector<std::string>& marked) {
  Transaction transaction(database_.get());
  bool good = static_cast<bool>(transaction);
  good = good && execute(database_.get(),
                         "CREATE TEMP TABLE IF NOT EXISTS keep(checksum BLOB PRIMARY KEY); DELETE FROM temp.keep;"
                         "DELETE FROM loose; DELETE FROM marked;");
  SqlQuery keep(database_.get(), "INSERT OR IGNORE INTO temp.keep VALUES(?)");
  SqlQuery add(database_.get(), "INSERT OR REPLACE INTO packs VALUES(?, ?, ?)");
  for (const Pack& pack : packs) {
    good = good && keep.blob(pack.checksum).run();
    if (pack.ids.empty() && pack.blobs > 0) continue;  // known already
    good = good && add.blob(pack.checksum).number(static_cast<std::int64_t>(pack.blobs)).blob(pack.ids).run();
  }
  good = good && execute(database_.get(), "DELETE FROM packs WHERE checksum NOT IN (SELECT checksum FROM temp.keep)");
  SqlQuery add_loose(database_.get(), "INSERT OR REPLACE INTO loose VALUES(?, ?)");
  for (const auto& [id, is_blob] : loose) good = good && add_loose.blob(id).number(is_blob ? 1 : 0).run();
  SqlQuery mark(database_.get(), "INSERT OR IGNORE INTO marked VALUES(?)");
  for (const std::string& id : marked) good = good && mark.blob(id).run();
  if (good) transaction.commit();
}

void ScanCache::remember(std::string_view state, const KnownOrigins& known) {
  Transaction transaction(database_.get());
  bool good = transaction && execute(database_.get(), "DELETE FROM states; DELETE FROM origins; DELETE FROM skipped;");
  SqlQuery add(database_.get(), "INSERT INTO origins VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
  for (const auto& [blob, origins] : known.origins)
    for (const Origin& origin : origins)
      good = good && add.blob(blob)
                         .blob(origin.path)
                         .blob(origin.commit)
                         .blob(origin.last_commit)
                         .number(origin.in_head ? 1 : 0)
                         .blob(joined(origin.refs))
                         .number(origin.ref_count)
                         .number(origin.in_reflog ? 1 : 0)
                         .run();
  SqlQuery skip(database_.get(), "INSERT INTO skipped VALUES(?, ?, ?)");
  for (const Skipped& skipped : known.skipped)
    good = good && skip.blob(skipped.path).blob(skipped.reason).number(skipped.incomplete ? 1 : 0).run();
  SqlQuery put(database_.get(), "INSERT INTO states VALUES(?, ?)");
  good = good && put.blob(state).number(static_cast<std::int64_t>(known.commits)).run();
  if (good) transaction.commit();
}

}  // namespace overreach
