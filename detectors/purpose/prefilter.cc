#include "detectors/purpose/prefilter.h"

#include <algorithm>
#include <cctype>

#include "detectors/purpose/extract.h"

namespace overreach::purpose {
namespace {

bool is_program_language(std::string_view language) {
  return language == "python" || language == "javascript" || language == "typescript" || language == "tsx" ||
         language == "go" || is_found_by_name(language);
}

bool looks_like_variable(std::string_view name) {
  return std::none_of(name.begin(), name.end(), [](unsigned char c) { return std::islower(c) != 0; });
}

// `password = "…"` in a program is a variable of that program.
Form form_of(const Token& token, const std::string& name) {
  if (looks_like_variable(name)) return Form::name;
  const bool local = std::all_of(token.sites.begin(), token.sites.end(), [&](const Site& site) {
    return site.name != name || is_program_language(language_of(site.origin.path, ""));
  });
  return local ? Form::local : Form::name;
}

void add_provider(const Provider& provider, Needles& needles, Interest& out) {
  const auto add = [&](std::set<std::uint32_t>& to, const std::string& word, Form form) {
    if (word.size() >= 2) to.insert(needles.add(word, form));
  };
  for (const std::string& name : provider.env) add(out.variables, name, Form::word);
  out.words.insert(out.variables.begin(), out.variables.end());
  for (const std::string& host : provider.hosts)
    add(out.words, host.starts_with("*.") ? host.substr(2) : host, Form::word);
  for (const auto& [language, packages] : provider.clients.packages)
    for (const std::string& package : packages) add(out.words, package, Form::package);
  for (const std::string& program : provider.clients.cli) add(out.own_programs, program, Form::program);
  const auto js = provider.clients.packages.find("js");
  if (!provider.clients.cli.empty() && js != provider.clients.packages.end())  // npx @acme/cli
    for (const std::string& package : js->second) add(out.own_programs, package, Form::program);
  out.programs = out.own_programs;
  for (const UseSpec& use : provider.uses) {
    for (const std::string& row : use.cli) add(out.programs, row.substr(0, row.find(' ')), Form::program);
    for (const std::string& type : use.terraform) add(out.words, type, Form::word);
    if (!use.terraform.empty())  // which of plan and apply is run decides what a resource needs
      for (const char* program : {"terraform", "tofu", "terragrunt"}) add(out.programs, program, Form::program);
    for (const std::string& action : use.action) add(out.words, action, Form::word);
  }
}

}  // namespace

std::vector<std::string> names_of(const Token& token) {
  std::set<std::string> out;
  for (const Site& site : token.sites)
    if (site.name.size() >= 2 && site.name.size() <= 128) out.insert(site.name);
  return {out.begin(), out.end()};
}

Interest interest_in(const Token& token, const Provider* provider, Needles& needles) {
  Interest out;
  const std::vector<std::string> names = names_of(token);
  const bool in_code = std::any_of(token.sites.begin(), token.sites.end(), [](const Site& site) {
    return language_of(site.origin.path, "") != "data" && !language_of(site.origin.path, "").starts_with("!");
  });
  if (names.empty() && !in_code) return out;
  for (const std::string& name : names) out.names.insert(needles.add(name, form_of(token, name)));
  if (provider == nullptr) return out;
  add_provider(*provider, needles, out);
  if (names.empty()) {
    out.own_programs.clear();
    out.programs.clear();
  }
  for (const std::string& name : names)
    if (std::find(provider->env.begin(), provider->env.end(), name) != provider->env.end())
      out.variables.insert(needles.add(name, form_of(token, name)));
  return out;
}

Interest interest_in(const Provider& provider, Needles& needles) {
  Interest out;
  add_provider(provider, needles, out);
  return out;
}

bool meet(const std::set<std::uint32_t>& a, const std::set<std::uint32_t>& b) {
  if (b.size() < a.size()) return meet(b, a);
  return std::any_of(a.begin(), a.end(), [&](std::uint32_t x) { return b.count(x) != 0; });
}

}  // namespace overreach::purpose
