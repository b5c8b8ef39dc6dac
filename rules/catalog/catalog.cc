#include "rules/catalog/catalog.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "rules/catalog/embedded_rules.h"
#include "rules/catalog/rule_file.h"
#include "scanner/base/hash.h"
#include "scanner/base/result.h"

namespace overreach {
namespace {

constexpr std::size_t kVersionDigits = 16;

/// A provider that is decoded when it is first asked for.
struct Slot {
  std::string_view id;
  std::uint32_t first_rule = 0;
  std::string_view blob;  // CBOR; empty: `provider` is already there
  std::once_flag once;
  std::optional<Provider> provider;
};

/// Files of the user, checked. Throws RuleError with everything that is wrong with them.
std::vector<RuleFile> load_user_files(const std::filesystem::path& path, const KnownNames& names) {
  std::vector<RuleFile> files;
  std::string errors;
  for (const std::filesystem::path& file : list_rule_files(path)) {
    auto loaded = load_rule_file(file, names);
    if (loaded)
      files.push_back(std::move(*loaded));
    else
      for (const Diagnostic& diagnostic : loaded.error())
        errors.append(errors.empty() ? "" : "\n").append(diagnostic.text());
  }
  if (!errors.empty()) throw RuleError(errors);
  return files;
}

}  // namespace

struct Catalog::Impl {
  Impl(const EmbeddedRules& rules, Depth wanted)
      : embedded(rules),
        depth(wanted),
        patterns(wanted == Depth::usual ? rules.usual_patterns : rules.patterns),
        database(wanted == Depth::usual ? rules.usual_database : rules.database),
        version(rules.version),
        table(wanted) {}

  void use_embedded();
  void merge(std::vector<RuleFile> files, bool trust_probes);
  void place(Slot& slot, const EmbeddedProvider& provider);
  void place(Slot& slot, Provider provider);
  std::size_t slot_of(std::uint32_t rule) const;

  EmbeddedRules embedded;
  Depth depth;
  std::span<const Pattern> patterns;  // at that depth
  std::string_view database;
  std::string version;
  std::unique_ptr<Slot[]> slots;
  std::size_t size = 0;
  PatternTable table;  // only with user rules
};

void Catalog::Impl::use_embedded() {
  size = embedded.providers.size();
  slots = std::make_unique<Slot[]>(size);
  for (std::size_t i = 0; i < size; ++i) {
    const EmbeddedProvider& provider = embedded.providers[i];
    slots[i].id = provider.id;
    slots[i].first_rule = provider.first_rule;
    slots[i].blob = embedded.blobs.substr(provider.offset, provider.size);
  }
}

void Catalog::Impl::place(Slot& slot, const EmbeddedProvider& provider) {
  slot.id = provider.id;
  slot.first_rule = static_cast<std::uint32_t>(table.patterns().size());
  slot.blob = embedded.blobs.substr(provider.offset, provider.size);
  const EmbeddedProvider* next = &provider + 1;
  const bool last = next == embedded.providers.data() + embedded.providers.size();
  const std::span<const Pattern> from = depth == Depth::usual ? embedded.usual_patterns : embedded.patterns;
  const std::size_t end = last ? from.size() : next->first_rule;
  for (std::size_t rule = provider.first_rule; rule < end; ++rule) table.add(from[rule]);
}

void Catalog::Impl::place(Slot& slot, Provider provider) {
  slot.first_rule = static_cast<std::uint32_t>(table.patterns().size());
  slot.provider = std::move(provider);
  slot.id = slot.provider->id;
  table.add(*slot.provider);
}

void Catalog::Impl::merge(std::vector<RuleFile> files, bool trust_probes) {
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.provider.id < b.provider.id; });
  std::string hashed = version + (trust_probes ? "+" : "-");
  slots = std::make_unique<Slot[]>(files.size() + embedded.providers.size());
  auto next = embedded.providers.begin();
  for (RuleFile& file : files) {
    for (; next != embedded.providers.end() && next->id < file.provider.id; ++next) place(slots[size++], *next);
    if (next != embedded.providers.end() && next->id == file.provider.id) ++next;
    const std::vector<std::uint8_t> cbor = nlohmann::json::to_cbor(file.document.json);
    hashed += hex(sha256({reinterpret_cast<const char*>(cbor.data()), cbor.size()}));
    if (!trust_probes) file.provider.probe = {};
    place(slots[size++], std::move(file.provider));
  }
  for (; next != embedded.providers.end(); ++next) place(slots[size++], *next);
  patterns = table.patterns();
  database = {};  // of other patterns
  version = hex(sha256(hashed)).substr(0, kVersionDigits);
}

std::size_t Catalog::Impl::slot_of(std::uint32_t rule) const {
  const std::span<const Slot> all(slots.get(), size);
  const auto after = std::upper_bound(all.begin(), all.end(), rule,
                                      [](std::uint32_t r, const Slot& slot) { return r < slot.first_rule; });
  return static_cast<std::size_t>(after - all.begin()) - 1;
}

Catalog::Catalog(const std::filesystem::path& user_rules, bool trust_user_probes, const KnownNames& names, Depth depth)
    : impl_(std::make_unique<Impl>(embedded_rules(), depth)) {
  if (user_rules.empty())
    impl_->use_embedded();
  else
    impl_->merge(load_user_files(user_rules, names), trust_user_probes);
}
Catalog::~Catalog() = default;

std::span<const Pattern> Catalog::patterns() const { return impl_->patterns; }
std::string_view Catalog::database() const { return impl_->database; }
Depth Catalog::depth() const { return impl_->depth; }
std::size_t Catalog::size() const { return impl_->size; }
std::string_view Catalog::provider_id(std::size_t i) const { return impl_->slots[i].id; }
std::string_view Catalog::version() const { return impl_->version; }

const Provider& Catalog::provider(std::size_t i) const {
  Slot& slot = impl_->slots[i];
  std::call_once(slot.once, [&] {
    if (!slot.provider) slot.provider = provider_from_json(nlohmann::json::from_cbor(slot.blob));
  });
  return *slot.provider;
}

const Provider* Catalog::find(std::string_view id) const {
  const std::span<const Slot> all(impl_->slots.get(), impl_->size);
  const auto found = std::lower_bound(all.begin(), all.end(), id,
                                      [](const Slot& slot, std::string_view wanted) { return slot.id < wanted; });
  if (found == all.end() || found->id != id) return nullptr;
  return &provider(static_cast<std::size_t>(found - all.begin()));
}

const Provider& Catalog::provider_of(std::uint32_t rule) const { return provider(impl_->slot_of(rule)); }

const TokenRule& Catalog::rule(std::uint32_t rule) const {
  const std::size_t slot = impl_->slot_of(rule);
  return provider(slot).tokens[rule - impl_->slots[slot].first_rule];
}

}  // namespace overreach
