#include "rules/catalog/meaning.h"

#include <re2/re2.h>

#include <algorithm>

#include "rules/catalog/schema_words.h"
#include "scanner/base/result.h"

namespace overreach {
namespace {

using nlohmann::json;

const json& member(const json& object, const char* name) {
  static const json kNothing;
  const auto it = object.find(name);
  return it == object.end() ? kNothing : *it;
}

std::string at(std::string_view list, std::size_t index, std::string_view field = {}) {
  std::string out = "/";
  out.append(list).append("/").append(std::to_string(index));
  if (!field.empty()) out.append("/").append(field);
  return out;
}

/// Adds an error unless `name` is one of `names`.
void expect_known(std::string_view what, const std::string& name, const std::vector<std::string>& names,
                  const std::string& pointer, std::vector<SchemaError>& errors) {
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  std::string message = readable_path(pointer) + ": there is no " + std::string(what) + " \"" + name + "\"";
  if (const std::string meant = nearest(name, names); !meant.empty()) message += "; did you mean \"" + meant + "\"?";
  errors.push_back({pointer, std::move(message)});
}

class Checker {
 public:
  Checker(const json& document, std::string_view stem, const KnownNames& names)
      : document_(document), stem_(stem), names_(names) {
    collect("tokens", "id", tokens_);
    collect("capabilities", "id", capabilities_);
    collect("kinds", "id", kinds_);
    std::vector<std::string> dimensions;
    collect("where", "name", dimensions);
  }

  std::vector<SchemaError> run() {
    if (const std::string id = document_["provider"]; id != stem_)
      add("/provider", "provider is \"" + id + "\" but the file is called \"" + std::string(stem_) + "\"");
    each("tokens", [&](const json& token, std::size_t i) { check_token(token, i); });
    each("capabilities",
         [&](const json& c, std::size_t i) { capabilities(member(c, "includes"), at("capabilities", i, "includes")); });
    each("kinds", [&](const json& kind, std::size_t i) {
      capabilities(member(kind, "grants"), at("kinds", i, "grants"));
      capabilities(member(kind, "may_grant"), at("kinds", i, "may_grant"));
    });
    if (const json& grants = member(document_, "grants"); grants.is_object())
      for (const auto& [scope, ids] : grants.items()) capabilities(ids, child("/grants", scope));
    each("uses", [&](const json& use, std::size_t i) { capability(use["needs"], at("uses", i, "needs")); });
    each("ids", [&](const json& id, std::size_t i) { expression(id["pattern"], at("ids", i, "pattern")); });
    each("stores", [&](const json& store, std::size_t i) { kind(member(store, "kind"), at("stores", i, "kind")); });
    check_narrower();
    check_least();
    return std::move(errors_);
  }

 private:
  void add(std::string pointer, std::string message) { errors_.push_back({std::move(pointer), std::move(message)}); }

  template <class Visit>
  void each(const char* list, Visit visit) {
    const json& entries = member(document_, list);
    for (std::size_t i = 0; i < entries.size(); ++i) visit(entries[i], i);
  }

  void collect(const char* list, const char* field, std::vector<std::string>& ids) {
    each(list, [&](const json& entry, std::size_t i) {
      std::string id = entry[field];
      if (std::find(ids.begin(), ids.end(), id) != ids.end())
        add(at(list, i, field), std::string(list) + " holds the " + field + " \"" + id + "\" twice");
      ids.push_back(std::move(id));
    });
  }

  void known(std::string_view what, const std::string& name, const std::vector<std::string>& names,
             const std::string& pointer) {
    expect_known(what, name, names, pointer, errors_);
  }

  void capability(const json& id, const std::string& pointer) {
    if (id != "*") known("capability", id, capabilities_, pointer);
  }
  void capabilities(const json& ids, const std::string& pointer) {
    for (std::size_t i = 0; i < ids.size(); ++i) capability(ids[i], pointer + "/" + std::to_string(i));
  }
  void kind(const json& id, const std::string& pointer) {
    if (id.is_string()) known("kind", id, kinds_, pointer);
  }

  static std::vector<std::string> copy(std::span<const std::string_view> names) { return {names.begin(), names.end()}; }

  void expression(const std::string& pattern, const std::string& pointer) {
    const re2::RE2 compiled(pattern, re2::RE2::Quiet);
    if (!compiled.ok())
      add(pointer, readable_path(pointer) + " is no RE2 expression: " + compiled.error());
    else if (re2::RE2::FullMatch("", compiled))
      add(pointer, readable_path(pointer) + " matches the empty text");
  }

  void check_token(const json& token, std::size_t i) {
    expression(token["pattern"], at("tokens", i, "pattern"));
    for (std::size_t k = 0; k < member(token, "kinds").size(); ++k)
      kind(token["kinds"][k], at("tokens", i, "kinds/" + std::to_string(k)));
    if (token.contains("check") && !names_.checks.empty())
      known("checksum", token["check"], copy(names_.checks), at("tokens", i, "check"));
    if (!names_.decoders.empty())
      for (std::size_t k = 0; k < member(token, "decode").size(); ++k)
        known("decoder", token["decode"][k], copy(names_.decoders), at("tokens", i, "decode/" + std::to_string(k)));
    check_companions(token, i);
    check_examples(token["examples"], at("tokens", i, "examples"), true);
    check_examples(token["non_examples"], at("tokens", i, "non_examples"), false);
  }

  void check_companions(const json& token, std::size_t i) {
    const json& companions = member(token, "companions");
    for (std::size_t k = 0; k < companions.size(); ++k) {
      const std::string pointer = at("tokens", i, "companions/" + std::to_string(k) + "/rule");
      known("token rule", companions[k]["rule"], tokens_, pointer);
      if (companions[k]["rule"] == token["id"]) add(pointer, readable_path(pointer) + " is the rule itself");
    }
  }

  void check_examples(const json& examples, const std::string& list, bool need_token) {
    for (std::size_t k = 0; k < examples.size(); ++k) {
      const std::string pointer = list + "/" + std::to_string(k);
      const std::string& text = examples[k].get_ref<const std::string&>();
      if (need_token && text.find("{token}") == std::string::npos && text.find("{secret}") == std::string::npos)
        add(pointer,
            readable_path(pointer) + " holds neither {token} nor {secret}; values are generated, never written");
      constexpr std::string_view kCompanion = "{companion:";
      for (std::size_t begin = text.find(kCompanion); begin != std::string::npos;
           begin = text.find(kCompanion, begin + 1)) {
        const std::size_t from = begin + kCompanion.size();
        known("token rule", text.substr(from, text.find('}', from) - from), tokens_, pointer);
      }
    }
  }

  void check_narrower() {
    const json& kinds = member(member(document_, "narrower"), "kinds");
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      kind(kinds[i]["kind"], at("narrower/kinds", i, "kind"));
      capabilities(kinds[i]["fits"], at("narrower/kinds", i, "fits"));
    }
  }

  /// Every row of `uses`, whatever its form.
  std::vector<std::string> rows_of_uses() {
    std::vector<std::string> rows;
    each("uses", [&](const json& use, std::size_t) {
      for (const auto& [form, list] : use.items())
        if (list.is_array()) rows.insert(rows.end(), list.begin(), list.end());
    });
    return rows;
  }

  void check_least() {
    const json& least = member(document_, "least");
    if (!least.is_object()) return;
    if (const json& words = member(least, "words"); words.is_object())
      for (const auto& [id, list] : words.items()) known("capability", id, capabilities_, child("/least/words", id));
    if (const json& operations = member(least, "operations"); operations.is_object()) {
      const std::vector<std::string> rows = rows_of_uses();
      for (const auto& [row, list] : operations.items())
        known("row of uses", row, rows, child("/least/operations", row));
    }
  }

  const json& document_;
  std::string_view stem_;
  const KnownNames& names_;
  std::vector<std::string> tokens_, capabilities_, kinds_;
  std::vector<SchemaError> errors_;
};

}  // namespace

std::vector<SchemaError> check_meaning(const json& document, std::string_view stem, const KnownNames& names) {
  return Checker(document, stem, names).run();
}

std::vector<SchemaError> check_probe(const Provider& provider) {
  std::vector<SchemaError> errors;
  std::vector<std::string> kinds;
  for (const KindSpec& kind : provider.kinds) kinds.push_back(kind.id);
  const auto expect_kinds = [&](const std::vector<std::string>& ids, const std::string& pointer) {
    for (const std::string& id : ids)
      if (!id.empty() && id != "unknown") expect_known("kind", id, kinds, pointer, errors);
  };
  expect_kinds(provider.probe.native_tokens, "/probe");
  for (std::size_t i = 0; i < provider.probe.steps.size(); ++i) {
    const ProbeStep& step = provider.probe.steps[i];
    const std::string pointer = "/probe/steps/" + std::to_string(i);
    expect_kinds(step.tokens, pointer);
    expect_kinds(step.if_kind, pointer);
    expect_kinds({step.kind_if_refused}, pointer);
    for (const KindProof& proof : step.kinds) expect_kinds({proof.kind}, pointer);
    for (const std::string& scope : step.shows)
      if (provider.grants.count(scope) == 0)
        errors.push_back(
            {pointer, readable_path(pointer) + " shows the scope \"" + scope + "\", which `grants` does not list"});
  }
  try {
    check_probe_hosts(provider.probe, provider.hosts);
  } catch (const RuleError& e) {
    errors.push_back({"/probe", e.what()});
  }
  return errors;
}

}  // namespace overreach
