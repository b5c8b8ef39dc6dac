// The least privilege per credential, as its provider spells it: what a person pastes to make the narrower one.
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "detectors/identify/identify.h"
#include "detectors/purpose/purpose.h"
#include "reports/format/text_safe.h"
#include "scanner/cli/commands.h"
#include "scanner/cli/needs_report.h"
#include "scanner/cli/scan.h"
#include "scanner/cli/terminal.h"

namespace overreach {
namespace {

/// A credential without a value: purpose follows its names.
CredentialNeed from_name(const NamedCredential& named, const Provider& provider) {
  CredentialNeed out;
  out.names = named.names;
  out.ambient = named.ambient;
  out.provider = &provider;
  out.token.provider = named.provider;
  for (const std::string& name : named.names) {
    Site site;  // it stands nowhere
    site.name = name;
    out.token.sites.push_back(std::move(site));
  }
  return out;
}

bool shares_name(const CredentialNeed& one, const CredentialNeed& other) {
  if (one.provider != other.provider) return false;
  return std::any_of(one.need.names.begin(), one.need.names.end(), [&](const std::string& name) {
    return std::find(other.names.begin(), other.names.end(), name) != other.names.end();
  });
}

/// What another one of the list becomes on its way (a CI secret is handed on as a variable) is not listed again.
void drop_repeated(std::vector<CredentialNeed>& all) {
  std::vector<CredentialNeed> kept;
  for (std::size_t i = 0; i < all.size(); ++i) {
    // Where a value was found under its name, that says whose it is: one database's library serves several.
    bool repeated = !all[i].found && std::any_of(all.begin(), all.end(), [&](const CredentialNeed& other) {
      return other.found && std::any_of(all[i].names.begin(), all[i].names.end(), [&](const std::string& name) {
               return std::binary_search(other.need.names.begin(), other.need.names.end(), name);
             });
    });
    for (std::size_t k = 0; k < all.size() && !all[i].found; ++k) {
      if (k == i || !shares_name(all[k], all[i])) continue;
      const bool both = !all[k].found && shares_name(all[i], all[k]);
      repeated = repeated || !both || k < i;
    }
    const bool empty = all[i].ambient && all[i].need.grants.empty();
    if (!repeated && !empty) kept.push_back(all[i]);
  }
  all = std::move(kept);
}

std::vector<CredentialNeed> found_in(const std::vector<Token>& tokens, const Catalog& catalog) {
  std::vector<CredentialNeed> out;
  for (const Token& token : tokens) {
    CredentialNeed one;
    one.token = token;
    one.found = true;
    one.provider = catalog.find(token.provider);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

ExitCode needs_command(const Options& options) {
  const Workspace workspace(options.scan);
  const Catalog catalog(options.rules.directory, options.rules.trust_probes, {checksum_names(), decoder_names()});
  const std::vector<Declaration> declared = declared_purposes(workspace, options.scan.config);
  const unsigned workers =
      options.scan.threads != 0 ? options.scan.threads : std::max(1U, std::thread::hardware_concurrency());
  Stages stages;
  Tally tally;
  std::vector<CredentialNeed> all = found_in(find_tokens(options, workspace, catalog, tally, stages), catalog);
  const std::unique_ptr<CodeBase> code = workspace.code();
  const NamedCredentials only_named = named_credentials(catalog, *code, workers);
  for (const NamedCredential& named : only_named.list) all.push_back(from_name(named, *catalog.find(named.provider)));
  std::vector<Token> tokens;
  for (const CredentialNeed& one : all) tokens.push_back(one.token);
  std::vector<Need> needs = infer_needs(tokens, catalog, *code, declared, workers);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].need = std::move(needs[i]);
    if (all[i].found) all[i].names = all[i].need.names;
  }
  drop_repeated(all);
  const nlohmann::ordered_json report = needs_json(all);
  if (options.needs.json)
    std::cout << escaped_for_terminal(report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)) << "\n";
  else
    write_needs(std::cout, report, terminal_style(options.output));
  const std::vector<Skipped> skipped = tally.skipped();
  const bool incomplete = std::any_of(skipped.begin(), skipped.end(), [](const Skipped& s) { return s.incomplete; });
  for (const Skipped& one : skipped)
    if (one.incomplete) std::cerr << "overreach: not read: " << printable(one.path + ": " + one.reason) << "\n";
  if (!only_named.complete)
    std::cerr << "overreach: there is more code than could be read in time: credentials that it names may be missing\n";
  return incomplete || !only_named.complete ? ExitCode::incomplete : ExitCode::clean;
}

}  // namespace overreach
