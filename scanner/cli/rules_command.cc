#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "detectors/identify/identify.h"
#include "rules/catalog/action_table.h"
#include "rules/catalog/check.h"
#include "rules/catalog/pattern_table.h"
#include "rules/catalog/rule_file.h"
#include "scanner/cli/commands.h"
#include "scanner/match/matcher.h"
#include "scanner/source/source.h"

namespace overreach {
namespace {

std::string joined(const std::vector<std::string>& items, std::string_view separator = ", ") {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : std::string(separator)) + item;
  return out;
}

nlohmann::ordered_json as_json(const Provider& provider) {
  nlohmann::ordered_json tokens = nlohmann::ordered_json::array();
  for (const TokenRule& rule : provider.tokens)
    tokens.push_back({{"rule", rule.id},
                      {"title", rule.title},
                      {"kinds", rule.kinds},
                      {"confidence", rule.confidence},
                      {"sensitivity", rule.sensitivity},
                      {"environment", rule.environment},
                      {"check", rule.check},
                      {"reported", rule.only_as_companion ? "with another"
                                   : is_quiet(rule)       ? "thorough"
                                                          : "always"}});
  return {{"provider", provider.id},
          {"title", provider.title},
          {"console", provider.console},
          {"documented", provider.documented},
          {"hosts", provider.hosts},
          {"variables", provider.env},
          {"tokens", tokens},
          {"capabilities", provider.capabilities.size()},
          {"uses", provider.uses.size()},
          {"probe", !provider.probe.empty()}};
}

void show_kinds(const Provider& provider) {
  std::cout << "\nkinds (documented reach)\n";
  for (const KindSpec& kind : provider.kinds) {
    std::cout << "  " << kind.id << ": " << kind.reach << "\n";
    std::cout << "    grants: " << joined(kind.grants) << "\n";
    if (!kind.may_grant.empty()) std::cout << "    may grant: " << joined(kind.may_grant) << "\n";
  }
}

void show_uses(const Provider& provider) {
  std::cout << "\nuses (code that exercises a capability)\n";
  for (const UseSpec& use : provider.uses) {
    std::cout << "  " << use.needs << "\n";
    const std::pair<const char*, const std::vector<std::string>*> forms[] = {
        {"command", &use.cli},   {"http", &use.http},           {"graphql", &use.graphql},
        {"action", &use.action}, {"terraform", &use.terraform}, {"sql", &use.sql}};
    for (const auto& [name, items] : forms)
      if (!items->empty()) std::cout << "    " << name << ": " << joined(*items) << "\n";
    for (const auto& [language, paths] : use.sdk) std::cout << "    " << language << ": " << joined(paths) << "\n";
  }
}

void show(const Provider& provider) {
  std::cout << provider.title << " (" << provider.id << ")\n";
  if (!provider.documented.empty()) std::cout << provider.documented << "\n";
  if (!provider.console.empty()) std::cout << "console: " << provider.console << "\n";
  std::cout << "\ncredentials\n";
  for (const TokenRule& rule : provider.tokens)
    std::cout << "  " << rule.id << "  " << rule.title << " [" << rule.confidence
              << "]\n    can be: " << joined(rule.kinds) << "\n";
  std::cout << "\ncapabilities\n";
  for (const Capability& capability : provider.capabilities)
    std::cout << "  " << capability.id << "  " << to_string(capability.effect) << "  " << capability.title
              << (capability.effect == Effect::destroy ? " (undo: " + capability.undo + ")" : "")
              << (capability.takes_backups ? ", takes the backups with it" : "") << "\n";
  show_kinds(provider);
  show_uses(provider);
  std::cout << "\nnarrower\n";
  for (const NarrowerKind& kind : provider.narrower.kinds)
    std::cout << "  " << kind.kind << ": " << kind.how << " " << kind.link << "\n";
  if (!provider.narrower.by_verb) std::cout << "  No kind is narrower by verb: only a gate stops the rest.\n";
  std::cout << "\nprobe: "
            << (provider.probe.empty() ? "cannot be asked" : "read-only requests to " + joined(provider.hosts)) << "\n";
}

/// The whole pipeline over one text, as check_examples wants it.
FindRules pipeline(const Catalog& catalog, const Matcher& matcher) {
  return [&catalog, &matcher](std::string_view text) {
    Matcher::Scratch scratch = matcher.scratch();
    std::vector<Candidate> candidates;
    matcher.scan(text, scratch, candidates);
    Origin origin;
    origin.path = "example";
    std::vector<std::string> rules;
    for (const Sighting& s : identify(Blob{text, {}, std::span(&origin, 1)}, candidates, catalog))
      rules.push_back(catalog.rule(s.rule).id);
    return rules;
  };
}

KnownNames known_names() {
  KnownNames known;
  known.checks = checksum_names();
  known.decoders = decoder_names();
  return known;
}

/// Field, reference and syntax errors of the files at `path`, with lines. Files that pass are appended to `good`.
std::size_t report_errors(const std::string& path, std::vector<RuleFile>& good) {
  std::size_t errors = 0;
  for (const std::filesystem::path& file : list_rule_files(path)) {
    auto loaded = load_rule_file(file, known_names());
    if (loaded) {
      good.push_back(std::move(*loaded));
      continue;
    }
    for (const Diagnostic& diagnostic : loaded.error()) std::cout << diagnostic.text() << "\n";
    errors += loaded.error().size();
  }
  return errors;
}

std::size_t report_examples(const Provider& provider, const Catalog& catalog, const Matcher& matcher,
                            const std::function<std::string(const ExampleProblem&)>& place) {
  const ExampleTrial trial{pipeline(catalog, matcher), with_valid_checksum};
  const std::vector<ExampleProblem> problems = check_examples(provider, catalog.patterns(), matcher, trial);
  for (const ExampleProblem& problem : problems) std::cout << place(problem) << problem.message << "\n";
  return problems.size();
}

/// A summary of a package (rules/data): names what the package that was built in adds, drops or judges differently.
std::size_t check_summary(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const ActionTable summary(text);
  if (!file || summary.source().empty())
    throw UsageError(path + " is no summary of a package: it begins with no line '# NAME VERSION: ...'");
  const std::vector<std::string> changes = differences(summary, aws_actions());
  for (const std::string& change : changes) std::cout << change << "\n";
  const bool moved = summary.source() != aws_actions().source();
  if (moved) std::cout << path << " says " << summary.source() << ", built in is " << aws_actions().source() << "\n";
  return changes.size() + (moved && changes.empty() ? 1 : 0);
}

/// What is sent as a POST, and why that is a read, and where a credential stands in a URL: for the eye of whoever takes
/// the file over.
void report_exceptions(const Provider& provider) {
  for (const ProbeStep& step : provider.probe.steps) {
    if (step.method == ProbeMethod::post)
      std::cout << provider.id << ": POST " << step.target << " is a read: " << step.reason << "\n";
    if (!step.secret_in_path.empty())
      std::cout << provider.id << ": GET " << step.target << " has the credential in its path: " << step.secret_in_path
                << "\n";
  }
}

std::size_t check_path(const std::string& path, std::size_t& files) {
  if (path.ends_with(".txt")) {
    ++files;
    return check_summary(path);
  }
  std::vector<RuleFile> good;
  const std::size_t errors = report_errors(path, good);
  files += good.size();
  if (errors != 0) return errors;
  const Catalog catalog(path);
  const Matcher matcher(catalog.patterns(), catalog.database());
  std::size_t problems = 0;
  for (const RuleFile& file : good) {
    report_exceptions(file.provider);
    problems += report_examples(file.provider, catalog, matcher, [&](const ExampleProblem& problem) {
      return file.provider.id + ".yaml:" + std::to_string(file.document.line(problem.pointer)) + ": ";
    });
  }
  return problems;
}

std::size_t check_catalog(const Catalog& catalog) {
  const Matcher matcher(catalog.patterns(), catalog.database());
  std::size_t problems = 0;
  for (std::size_t i = 0; i < catalog.size(); ++i) {
    report_exceptions(catalog.provider(i));
    problems += report_examples(catalog.provider(i), catalog, matcher,
                                [](const ExampleProblem& problem) { return problem.rule + ": "; });
  }
  return problems;
}

}  // namespace

ExitCode rules_list_command(const Options& options) {
  const Catalog catalog(options.rules.directory, options.rules.trust_probes);
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < catalog.size(); ++i) {
    const Provider& provider = catalog.provider(i);
    if (options.json) {
      list.push_back(as_json(provider));
      continue;
    }
    std::vector<std::string> titles;
    for (const TokenRule& rule : provider.tokens) titles.push_back(rule.title);
    std::cout << provider.id << std::string(provider.id.size() < 18 ? 18 - provider.id.size() : 1, ' ')
              << joined(titles, "; ") << "\n";
  }
  if (options.json) std::cout << list.dump(2) << "\n";
  return ExitCode::clean;
}

ExitCode rules_show_command(const Options& options) {
  const Catalog catalog(options.rules.directory, options.rules.trust_probes);
  const std::string id = options.arguments[0].substr(0, options.arguments[0].find('/'));
  const Provider* provider = catalog.find(id);
  if (provider == nullptr) throw UsageError("there is no provider '" + id + "'; 'overreach rules list' names them all");
  show(*provider);
  return ExitCode::clean;
}

ExitCode rules_check_command(const Options& options) {
  std::size_t files = 0;
  std::size_t problems = 0;
  for (const std::string& path : options.arguments) problems += check_path(path, files);
  if (options.arguments.empty()) {
    const Catalog catalog(options.rules.directory, options.rules.trust_probes);
    files = catalog.size();
    problems = check_catalog(catalog);
    std::cout << "AWS actions: " << aws_actions().source() << "\n";
  }
  std::cout << files << " provider files checked, " << problems << " problems\n";
  return problems == 0 ? ExitCode::clean : ExitCode::usage;
}

}  // namespace overreach
