#include "rules/catalog/provider.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "rules/catalog/assignment.h"

namespace overreach {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;

/// Sets `field` to the member if it is there; the default of the struct is the default of the file.
template <class T>
void read(const json& from, const char* name, T& field) {
  if (const auto it = from.find(name); it != from.end()) it->get_to(field);
}

template <class T, class Read>
void read_list(const json& from, const char* name, std::vector<T>& list, Read read_one) {
  const auto it = from.find(name);
  if (it == from.end()) return;
  list.reserve(it->size());
  for (const json& entry : *it) list.push_back(read_one(entry));
}

CompanionRule companion_from(const json& from) {
  CompanionRule out;
  read(from, "role", out.role);
  read(from, "rule", out.rule);
  read(from, "within_lines", out.within_lines);
  read(from, "required", out.required);
  return out;
}

/// Whether one of the words that '_', '.' and '-' part in `name` is `word`.
bool has_word(std::string_view name, std::string_view word) {
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find_first_of("_.-", begin), name.size());
    if (name.substr(begin, end - begin) == word) return true;
    begin = end + 1;
  }
  return false;
}

/// Turns the shape of a value into that of an assignment.
void assign(const Strings& names, TokenRule& rule) {
  Assignment made = assignment(names, rule.pattern);
  rule.near = std::move(made.literals);
  rule.pattern = std::move(made.pattern);
  rule.named = true;
  rule.shaped = made.shaped;
  rule.before = 0;
  rule.after = rule.max_length = made.max_length;
  for (const std::string& word : identifier_words())  // tru.id and rev.ai are called what identifiers are called
    if (std::none_of(names.begin(), names.end(), [&](const std::string& name) { return has_word(name, word); }))
      rule.not_near.push_back(word);
}

TokenRule token_from(const json& from, const std::string& provider) {
  TokenRule out;
  read(from, "id", out.id);
  out.id = provider + "/" + out.id;
  read(from, "title", out.title);
  read(from, "kinds", out.kinds);
  read(from, "prefix", out.prefix);
  read(from, "inside", out.inside);
  read(from, "near", out.near);
  if (const auto within = from.find("within"); within != from.end()) {
    read(*within, "before", out.before);
    read(*within, "after", out.after);
  }
  read(from, "pattern", out.pattern);
  read(from, "max_length", out.max_length);
  read(from, "not_near", out.not_near);
  if (from.contains("assigned")) assign(from["assigned"].get<Strings>(), out);
  read(from, "entropy", out.entropy);
  read(from, "check", out.check);
  read(from, "decode", out.decode);
  read_list(from, "companions", out.companions, companion_from);
  for (CompanionRule& companion : out.companions) companion.rule = provider + "/" + companion.rule;
  read(from, "only_as_companion", out.only_as_companion);
  read(from, "environment", out.environment);
  read(from, "sensitivity", out.sensitivity);
  read(from, "confidence", out.confidence);
  read(from, "examples", out.examples);
  read(from, "non_examples", out.non_examples);
  return out;
}

Capability capability_from(const json& from) {
  Capability out;
  read(from, "id", out.id);
  read(from, "title", out.title);
  out.effect = parse_effect(from.value("effect", std::string{})).value_or(Effect::read);
  read(from, "on", out.resource);
  read(from, "undo", out.undo);
  read(from, "takes_backups", out.takes_backups);
  read(from, "includes", out.includes);
  return out;
}

KindSpec kind_from(const json& from) {
  KindSpec out;
  read(from, "id", out.id);
  read(from, "title", out.title);
  read(from, "reach", out.reach);
  read(from, "grants", out.grants);
  read(from, "may_grant", out.may_grant);
  read(from, "by_verb", out.by_verb);
  read(from, "expires", out.expires);
  return out;
}

ByLanguage by_language(const json& from) {
  ByLanguage out;
  for (const std::string_view language : kSdkLanguages)
    if (from.contains(language)) read(from, std::string(language).c_str(), out[std::string(language)]);
  return out;
}

UseSpec use_from(const json& from) {
  UseSpec out;
  read(from, "needs", out.needs);
  read(from, "cli", out.cli);
  read(from, "http", out.http);
  read(from, "graphql", out.graphql);
  out.sdk = by_language(from);
  read(from, "action", out.action);
  read(from, "terraform", out.terraform);
  read(from, "sql", out.sql);
  return out;
}

ClientSpec clients_from(const json& from) {
  ClientSpec out;
  read(from, "cli", out.cli);
  out.packages = by_language(from);
  read(from, "construct", out.construct);
  read(from, "url_schemes", out.url_schemes);
  return out;
}

DimensionSpec dimension_from(const json& from) {
  DimensionSpec out;
  read(from, "name", out.name);
  read(from, "flags", out.flags);
  read(from, "env", out.env);
  read(from, "args", out.args);
  return out;
}

IdSpec id_from(const json& from) {
  IdSpec out;
  read(from, "resource", out.resource);
  read(from, "names", out.names);
  read(from, "pattern", out.pattern);
  return out;
}

NarrowerSpec narrower_from(const json& from) {
  NarrowerSpec out;
  read(from, "by_verb", out.by_verb);
  read(from, "advice", out.advice);
  read_list(from, "kinds", out.kinds, [](const json& entry) {
    NarrowerKind kind;
    read(entry, "kind", kind.kind);
    read(entry, "fits", kind.fits);
    read(entry, "how", kind.how);
    read(entry, "link", kind.link);
    read(entry, "note", kind.note);
    return kind;
  });
  return out;
}

LeastSpec least_from(const json& from) {
  LeastSpec out;
  read(from, "form", out.form);
  read(from, "scopes", out.scopes);
  read(from, "words", out.words);
  read(from, "operations", out.operations);
  return out;
}

StoreSpec store_from(const json& from) {
  StoreSpec out;
  read(from, "path", out.path);
  read(from, "format", out.format);
  read(from, "keys", out.keys);
  read(from, "kind", out.kind);
  return out;
}

}  // namespace

const Capability* Provider::capability(std::string_view wanted) const {
  const auto it = std::find_if(capabilities.begin(), capabilities.end(), [&](const auto& c) { return c.id == wanted; });
  return it == capabilities.end() ? nullptr : &*it;
}

const KindSpec* Provider::kind(std::string_view wanted) const {
  const auto it = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.id == wanted; });
  return it == kinds.end() ? nullptr : &*it;
}

std::vector<std::string> Provider::expand(const std::vector<std::string>& wanted) const {
  std::set<std::string> reached;
  Strings open = wanted;
  while (!open.empty()) {
    const std::string next = std::move(open.back());
    open.pop_back();
    if (next == "*") {
      for (const Capability& c : capabilities) reached.insert(c.id);
      continue;
    }
    const Capability* found = capability(next);
    if (found != nullptr && reached.insert(next).second)
      open.insert(open.end(), found->includes.begin(), found->includes.end());
  }
  return {reached.begin(), reached.end()};
}

Provider provider_from_json(const json& from) {
  Provider out;
  read(from, "provider", out.id);
  read(from, "title", out.title);
  read(from, "console", out.console);
  read(from, "hosts", out.hosts);
  read(from, "env", out.env);
  read(from, "documented", out.documented);
  read_list(from, "tokens", out.tokens, [&](const json& token) { return token_from(token, out.id); });
  read_list(from, "capabilities", out.capabilities, capability_from);
  read_list(from, "kinds", out.kinds, kind_from);
  read(from, "grants", out.grants);
  read_list(from, "uses", out.uses, use_from);
  if (const auto it = from.find("clients"); it != from.end()) out.clients = clients_from(*it);
  read_list(from, "where", out.where, dimension_from);
  read_list(from, "ids", out.ids, id_from);
  if (const auto it = from.find("narrower"); it != from.end()) out.narrower = narrower_from(*it);
  if (const auto it = from.find("least"); it != from.end()) out.least = least_from(*it);
  read_list(from, "stores", out.stores, store_from);
  if (const auto it = from.find("probe"); it != from.end()) out.probe = probe_from_json(*it);
  return out;
}

}  // namespace overreach
