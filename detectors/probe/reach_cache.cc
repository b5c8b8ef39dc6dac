#include "detectors/probe/reach_cache.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "scanner/base/hash.h"
#include "scanner/source/descriptor.h"

namespace overreach {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kFile = "reach.sqlite";
constexpr const char* kKeyFile = "reach.key";
constexpr std::size_t kKeySize = 32;
constexpr int kFormat = 1;
constexpr const char* kSchema =
    "CREATE TABLE reaches(key BLOB PRIMARY KEY, time INTEGER, reach BLOB) WITHOUT ROWID;"
    "PRAGMA user_version = 1;";

// --- the key

std::string random_key() {
  std::string key(kKeySize, '\0');
  return getrandom(key.data(), key.size(), 0) == static_cast<ssize_t>(key.size()) ? key : std::string();
}

/// Empty when the file is not a key of ours that nobody else can read.
std::string read_key(const fs::path& file) {
  const Descriptor fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat info {};
  if (fd.get() < 0 || fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != geteuid() ||
      (info.st_mode & 0077U) != 0)
    return {};
  std::string key(kKeySize + 1, '\0');
  const ssize_t got = read(fd.get(), key.data(), key.size());
  if (got != static_cast<ssize_t>(kKeySize)) return {};
  key.resize(kKeySize);
  return key;
}

/// Whole, or not at all: written aside and linked to its name, unless another run was first.
void make_key(const fs::path& file) {
  const std::string key = random_key();
  const std::string aside = file.string() + "." + std::to_string(getpid());
  if (key.empty()) return;
  const Descriptor fd(open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() >= 0 && write(fd.get(), key.data(), key.size()) == static_cast<ssize_t>(key.size()))
    if (link(aside.c_str(), file.c_str()) != 0 && errno != EEXIST) unlink(file.c_str());
  if (fd.get() >= 0) unlink(aside.c_str());
}

// --- a reach as text

Json to_json(const Where& where) {
  Json out = Json::array();
  for (const auto& [dimension, value] : where.entries()) out.push_back({dimension, value});
  return out;
}

Where where_from(const Json& json) {
  Where where;
  for (const Json& entry : json) where.set(entry.at(0).get<std::string>(), entry.at(1).get<std::string>());
  return where;
}

Json to_json(const Powers& powers) {
  Json grants = Json::array();
  for (const Grant& grant : powers.grants)
    grants.push_back({grant.capability, grant.effect, to_json(grant.where), grant.proof});
  Json resources = Json::array();
  for (const Resource& resource : powers.resources)
    resources.push_back({resource.type, resource.id, resource.name, to_json(resource.where)});
  return {
      {"kind", powers.kind},    {"identity", powers.identity}, {"expires", powers.expires},   {"grants", grants},
      {"resources", resources}, {"scopes", powers.scopes},     {"unmapped", powers.unmapped}, {"notes", powers.notes}};
}

Powers powers_from(const Json& json) {
  Powers powers;
  powers.kind = json.at("kind").get<std::string>();
  powers.identity = json.at("identity").get<std::string>();
  powers.expires = json.at("expires").get<std::string>();
  for (const Json& grant : json.at("grants"))
    powers.grants.push_back({.capability = grant.at(0).get<std::string>(),
                             .effect = grant.at(1).get<Effect>(),
                             .where = where_from(grant.at(2)),
                             .proof = grant.at(3).get<Proof>()});
  for (const Json& resource : json.at("resources"))
    powers.resources.push_back({.type = resource.at(0).get<std::string>(),
                                .id = resource.at(1).get<std::string>(),
                                .name = resource.at(2).get<std::string>(),
                                .where = where_from(resource.at(3))});
  powers.scopes = json.at("scopes").get<std::set<std::string>>();
  powers.unmapped = json.at("unmapped").get<std::set<std::string>>();
  powers.notes = json.at("notes").get<std::vector<std::string>>();
  return powers;
}

/// Empty for what is not remembered.
std::string text_of(const Reach& reach) {
  Json json;
  if (const auto* live = std::get_if<Live>(&reach)) json = {{"live", to_json(live->powers)}};
  if (const auto* dead = std::get_if<Dead>(&reach)) json = {{"dead", dead->why}};
  return json.is_null() ? std::string() : json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Reach> reach_from(const std::string& text) try {
  const Json json = Json::parse(text);
  if (json.contains("live")) return Live{powers_from(json.at("live"))};
  return Dead{json.at("dead").get<std::string>()};
} catch (const Json::exception&) {
  return std::nullopt;  // not written by us
}

/// What is too old to be found, or from a time that is yet to come.
void forget_old(sqlite3* database, std::int64_t now) {
  SqlQuery(database, "DELETE FROM reaches WHERE time < ? OR time > ?")
      .number(now - ReachCache::kLife.count())
      .number(now)
      .run();
}

/// Texts in a row, so that no two rows of texts are the same bytes.
void add(std::string& to, std::string_view text) { to.append(std::to_string(text.size())).append(":").append(text); }

}  // namespace

ReachCache::ReachCache(SqlDatabase database, std::string secret, std::string_view program)
    : database_(std::move(database)), secret_(std::move(secret)), program_(program) {}

std::unique_ptr<ReachCache> ReachCache::open(const fs::path& directory, std::string_view program) {
  if (directory.empty()) return nullptr;
  SqlDatabase database = open_private_database(directory / kFile, kSchema, kFormat);
  if (database == nullptr) return nullptr;
  std::string key = read_key(directory / kKeyFile);
  if (key.empty()) {
    make_key(directory / kKeyFile);
    key = read_key(directory / kKeyFile);
  }
  if (key.empty()) return nullptr;
  execute(database.get(), "PRAGMA secure_delete = ON");
  forget_old(database.get(), std::time(nullptr));
  return std::unique_ptr<ReachCache>(new ReachCache(std::move(database), std::move(key), program));
}

bool ReachCache::clear(const fs::path& directory) {
  std::error_code error;
  const bool had = fs::remove(directory / kFile, error);
  for (const char* suffix : {"-journal", "-wal", "-shm"}) fs::remove(directory / (kFile + std::string(suffix)), error);
  return fs::remove(directory / kKeyFile, error) || had;
}

std::string ReachCache::key(const Token& token, const Target& target, const ProbeOptions& options) const {
  std::string text;
  add(text, program_);
  add(text, token.provider);
  add(text, token.rule);
  for (const std::string& kind : token.kinds) add(text, "kind " + kind);
  add(text, token.secret.reveal());
  for (const Companion& companion : token.companions) {
    add(text, "companion " + companion.role);
    add(text, companion.value.reveal());
  }
  for (const NearbyId& id : token.ids) add(text, "id " + id.resource + " " + id.id);  // registries are asked about them
  add(text, target.base);
  add(text, std::to_string(options.requests));
  const Digest digest = hmac_sha256(secret_, text);
  explicit_bzero(text.data(), text.size());
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::optional<ReachCache::Known> ReachCache::find(const std::string& key, std::int64_t now) const {
  const std::scoped_lock lock(mutex_);
  SqlQuery query(database_.get(), "SELECT time, reach FROM reaches WHERE key = ?");
  if (!query.blob(key).next()) return std::nullopt;
  const std::chrono::seconds age{now - query.integer(0)};
  if (age < std::chrono::seconds{0} || age > kLife) return std::nullopt;
  auto reach = reach_from(query.text(1));
  if (!reach) return std::nullopt;
  return Known{std::move(*reach), age};
}

void ReachCache::remember(const std::string& key, const Reach& reach, std::int64_t now) {
  const std::string text = text_of(reach);
  if (text.empty()) return;
  const std::scoped_lock lock(mutex_);
  forget_old(database_.get(), now);
  SqlQuery(database_.get(), "INSERT OR REPLACE INTO reaches VALUES(?, ?, ?)").blob(key).number(now).blob(text).run();
}

}  // namespace overreach
