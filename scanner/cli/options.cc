#include "scanner/cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>

#include "detectors/probe/probe.h"
#include "scanner/cli/completion.h"

namespace overreach {
namespace {

constexpr std::array<std::string_view, 7> kCommands = {"scan",  "probe", "explain",   "needs",
                                                       "rules", "cache", "completion"};

constexpr const char* kIntro =
    "Finds every credential that a commit, a CI job or a coding agent can reach, learns what each one\n"
    "can really do, works out from the code what it is for, and reports the difference.\n";

constexpr const char* kExamples =
    "Examples:\n"
    "  overreach                            scan the current directory, offline\n"
    "  overreach scan --history .           the work tree and every object of its git history\n"
    "  overreach scan --staged              what the next commit would record (pre-commit hook)\n"
    "  overreach scan --range main...HEAD   what a pull request adds (CI)\n"
    "  overreach scan --pre-push=\"$1\"       what a push brings (pre-push hook)\n"
    "  overreach scan --probe=plan          which credential would be sent to which host; sends nothing\n"
    "  overreach scan --probe               ask the providers, read-only, what the credentials can do\n"
    "  overreach scan --probe --gates out   ... and write policies that stop the excess\n"
    "  overreach probe --as railway         one credential, read from standard input\n"
    "  overreach needs                      the least privilege per credential, to be pasted\n"
    "  overreach explain 3fa9               why a finding was judged so, and how to rotate\n"
    "\n"
    "Exit codes: 0 nothing at or above the gate, 1 findings, 2 usage or configuration,\n"
    "            3 the scan is incomplete, 4 a provider that was to be asked gave no answer.\n"
    "No network is used without --probe. No secret is ever printed.\n";

constexpr const char* kProbeExamples =
    "Examples:\n"
    "  overreach probe < token.txt              what it is, and what its provider says it can do\n"
    "  overreach probe --offline < token.txt    what the token itself and the documentation say\n"
    "  overreach probe --as railway             asks for it on the terminal, without showing it\n"
    "  pass show deploy | overreach probe --plan    where it would be sent\n"
    "\n"
    "Exit codes: 0 there was an answer (alive or dead), 2 usage or no such credential, 4 no answer.\n"
    "A credential is never taken from an argument, which other processes could read.\n";

constexpr const char* kExplainExamples =
    "Examples:\n"
    "  overreach explain 3fa9c1d20b7e4f68                the finding with this id (line 'id:' of a report)\n"
    "  overreach explain 3fa9 services/api --history     found again there; the beginning of an id is enough\n"
    "  overreach scan --probe --json report.json         what providers prove needs a report ...\n"
    "  overreach explain 3fa9 --from report.json         ... that is explained from the file\n"
    "  overreach explain github/classic-token            a kind of credential: what it can do, what to make instead\n"
    "  overreach explain railway                         all kinds of a provider\n"
    "\n"
    "Tells what each power means, why the finding was judged so (proof and evidence), the narrower credential to\n"
    "make, and in which order to rotate. Uses no network. Exit codes: 0 explained, 2 usage or no such thing.\n";

constexpr const char* kNeedsExamples =
    "Examples:\n"
    "  overreach needs                    the least that each credential of this code has to be able to do\n"
    "  overreach needs services/api       the same for a part of it\n"
    "  overreach needs --json             for machines\n"
    "\n"
    "In the provider's own words, to be pasted: permissions of GitHub, a policy of AWS, scopes of Slack, GRANTs of\n"
    "PostgreSQL, a restricted key of Stripe, a Role of Kubernetes, or the narrowest kind of token. Credentials that "
    "code\n"
    "names (process.env.STRIPE_KEY) count, found or not. What could not be read is said. Uses no network.\n"
    "Exit codes: 0 told, 2 usage or configuration, 3 something could not be read.\n";

/// `overreach`, `overreach PATH` and `overreach --staged` mean `overreach scan ...`.
std::vector<std::string> with_default_command(int argc, char** argv) {
  std::vector<std::string> args(argv + 1, argv + argc);
  const bool general = !args.empty() && (args[0] == "--help" || args[0] == "-h" || args[0] == "--version");
  const bool named = !args.empty() && std::find(kCommands.begin(), kCommands.end(), args[0]) != kCommands.end();
  if (!general && !named) args.insert(args.begin(), "scan");
  std::reverse(args.begin(), args.end());  // CLI11 takes them last first
  return args;
}

void add_rule_options(CLI::App& app, RuleOptions& rules) {
  app.add_option("--rules", rules.directory, "Also use the provider files (*.yaml) of this directory")
      ->type_name("DIR")
      ->group("Rules");
  app.add_flag("--trust-rules-probes", rules.trust_probes,
               "Let files of --rules decide where credentials are sent under --probe")
      ->group("Rules");
}

void add_input_options(CLI::App& app, ScanOptions& scan) {
  app.add_option("paths", scan.paths, "Files, directories or repositories [default: .]")->type_name("PATH");
  CLI::Option* staged = app.add_flag("--staged", scan.staged, "Scan what the next commit would record")->group("Input");
  CLI::Option* range =
      app.add_option("--range", scan.range, "Scan what these commits added: A..B, A...B, or A for A..HEAD")
          ->type_name("RANGE")
          ->group("Input");
  CLI::Option* since = app.add_option("--since", scan.since,
                                      "Scan what commits since then added: 2026-01-31, 30d or 2.weeks; with --range, "
                                      "only those of the range")
                           ->type_name("DATE")
                           ->group("Input");
  CLI::Option* push = app.add_flag("--pre-push{*}", scan.remote,
                                   "Scan what a push brings, as git tells a pre-push hook on standard input; "
                                   "--pre-push=\"$1\" names the remote")
                          ->group("Input");
  CLI::Option* history =
      app.add_flag("--history", scan.history, "Also scan every object of the git history")->group("Input");
  CLI::Option* input = app.add_flag("--stdin", scan.standard_input, "Scan standard input")->group("Input");
  app.add_flag("--no-cache", scan.no_cache,
               "Read the whole history and ask providers again, and remember nothing of either")
      ->group("Input");
  staged->excludes(range)->excludes(since)->excludes(push)->excludes(history)->excludes(input);
  range->excludes(push)->excludes(history)->excludes(input);
  since->excludes(push)->excludes(history)->excludes(input);
  push->excludes(history)->excludes(input);
  history->excludes(input);
  app.add_option("--exclude", scan.exclude, "Do not read paths that match this glob (repeatable)")
      ->type_name("GLOB")
      ->allow_extra_args(false)
      ->group("Input");
  app.add_flag("--no-ignore-file", scan.no_ignore_file, "Read and count what .overreachignore skips or mutes")
      ->group("Input");
  app.add_flag("--thorough", scan.thorough,
               "Also report what only may be a credential (loose shapes), and keys that are made to be public")
      ->group("Input");
  app.add_option("--config", scan.config, "Declared purposes [default: overreach.yaml at the root]")
      ->type_name("FILE")
      ->group("Input");
  app.add_option("-j,--threads", scan.threads, "Threads [default: one per core]")
      ->type_name("N")
      ->check(CLI::Range(1U, 256U))
      ->group("Input");
}

void add_network_options(CLI::App& app, NetworkOptions& network, std::vector<std::string>& endpoints) {
  CLI::Option* offline =
      app.add_flag("--offline", network.offline, "Use no network, whatever else is said")->group("Reach");
  app.add_flag("-y,--yes", network.yes, "Do not ask on the terminal before credentials are sent")->group("Reach");
  app.add_option("--probe-log", network.log, "Append a line of JSON to FILE for each request that is sent")
      ->type_name("FILE")
      ->excludes(offline)
      ->group("Reach");
  app.add_option("--probe-host", network.hosts, "A host found next to a credential that may be asked too (repeatable)")
      ->type_name("HOST")
      ->allow_extra_args(false)
      ->group("Reach");
  app.add_flag("--probe-db", network.databases,
               "Sign in to databases too, at the hosts of --probe-host, in sessions that only read")
      ->excludes(offline)
      ->group("Reach");
  app.add_option("--probe-requests", network.requests, "Requests for one credential at most [default: 10]")
      ->type_name("N")
      ->check(CLI::Range(1U, 1000U))
      ->group("Reach");
  app.add_flag("--probe-canaries", network.canaries, "Ask about tripwires too, which raises their alarm")
      ->group("Reach");
  app.add_option("--canary-account", network.canary_accounts,
                 "An AWS account (12 digits) whose keys are tripwires: they are not asked about (repeatable)")
      ->type_name("ID")
      ->allow_extra_args(false)
      ->check([](const std::string& id) {
        const bool good = id.size() == 12 && id.find_first_not_of("0123456789") == std::string::npos;
        return good ? std::string() : "'" + id + "' is not the number of an AWS account: 12 digits";
      })
      ->group("Reach");
  app.add_option("--endpoint", endpoints, "Ask this loopback URL instead of the provider (for tests; repeatable)")
      ->type_name("PROVIDER=URL")
      ->allow_extra_args(false)
      ->group("Reach");
}

void add_output_options(CLI::App& app, OutputOptions& output, std::string& fail_on) {
  app.add_option("--json", output.json, "Write the report as JSON to FILE ('-': standard output)")
      ->type_name("FILE")
      ->group("Output");
  app.add_option("--sarif", output.sarif, "Write the report as SARIF 2.1.0 to FILE ('-': standard output)")
      ->type_name("FILE")
      ->group("Output");
  app.add_option("--text", output.text, "Write the text report to FILE instead of standard output")
      ->type_name("FILE")
      ->group("Output");
  app.add_option("--gates", output.gates, "Write policies that stop the excess to DIR")
      ->type_name("DIR")
      ->group("Output");
  app.add_option("--fail-on", fail_on, "Least severity that makes the exit code 1 [default: medium]")
      ->type_name("SEVERITY")
      ->check(CLI::IsMember({"note", "low", "medium", "high", "critical", "never"}))
      ->group("Output");
  app.add_option("--color", output.colour, "auto, always or never; NO_COLOR is honoured")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->group("Output");
  app.add_flag("-v,--verbose", output.verbose, "Show every place, grant and excess")->group("Output");
  app.add_flag("-q,--quiet", output.quiet, "No text report and no progress; files are still written")->group("Output");
  app.add_flag("--stats", output.stats, "Say on standard error where the time went and how much was read and found")
      ->group("Output");
}

std::map<std::string, std::string> parse_endpoints(const std::vector<std::string>& items) {
  std::map<std::string, std::string> out;
  for (const std::string& item : items) {
    const std::size_t equals = item.find('=');
    if (equals == std::string::npos || equals == 0)
      throw UsageError("--endpoint takes PROVIDER=URL, such as railway=http://127.0.0.1:8080");
    const std::string provider = item.substr(0, equals);
    require_loopback(provider, item.substr(equals + 1));
    out[provider] = item.substr(equals + 1);
  }
  return out;
}

/// --probe=railway,github: the value is a list of providers unless it is a mode.
void split_probe_mode(NetworkOptions& network) {
  if (network.mode.empty() || network.mode == "live" || network.mode == "plan") return;
  network.providers = CLI::detail::split(network.mode, ',');
  network.mode = "live";
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  std::vector<std::string> endpoints;
  std::string fail_on = "medium";
  CLI::App app(kIntro, "overreach");
  app.set_version_flag("--version", "overreach " OVERREACH_VERSION);
  app.footer(kExamples);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  CLI::App* scan = app.add_subcommand("scan", "Find credentials and judge them (the default command)");
  scan->footer(kExamples);
  add_input_options(*scan, options.scan);
  add_rule_options(*scan, options.rules);
  scan->add_flag("--probe{live}", options.network.mode,
                 "Ask providers, read-only, what credentials can do; --probe=plan only lists the requests, "
                 "--probe=railway,github asks only these")
      ->group("Reach");
  add_network_options(*scan, options.network, endpoints);
  add_output_options(*scan, options.output, fail_on);

  bool plan = false;
  CLI::App* probe = app.add_subcommand("probe", "Read one credential from standard input, and ask what it can do");
  probe->footer(kProbeExamples);
  probe
      ->add_option("--as", options.credential.as,
                   "Whose credential it is, where many providers use its shape: railway, or railway/api-token")
      ->type_name("PROVIDER");
  probe->add_flag("--json", options.credential.json, "Write the report as JSON");
  probe->add_flag("--plan", plan, "Only list the requests that would be made");
  std::vector<std::string> typed;
  probe->add_option("credential", typed)->group("");  // hidden: taken only to say that it is not
  add_network_options(*probe, options.network, endpoints);
  add_rule_options(*probe, options.rules);
  probe->add_flag("-v,--verbose", options.output.verbose, "Show every grant");

  CLI::App* explain =
      app.add_subcommand("explain", "Explain a finding or a rule: powers, proof, what to make, how to rotate");
  explain->footer(kExplainExamples);
  explain->add_option("what", options.explain.what, "Id of a finding (or its beginning), of a rule or of a provider")
      ->type_name("FINDING|RULE")
      ->required();
  CLI::Option* place =
      explain->add_option("path", options.scan.paths, "Where to look for the finding [default: .]")->type_name("PATH");
  CLI::Option* past = explain->add_flag("--history", options.scan.history, "Look in the git history too");
  explain
      ->add_option("--from", options.explain.from, "Take the finding from this report of 'overreach scan --json FILE'")
      ->type_name("FILE")
      ->excludes(place)
      ->excludes(past);
  explain->add_flag("--json", options.explain.json, "Write the explanation as JSON");
  explain->add_flag("-v,--verbose", options.output.verbose, "Show every power and place");
  add_rule_options(*explain, options.rules);

  CLI::App* needs =
      app.add_subcommand("needs", "Tell the least that each credential must be able to do, as its provider spells it");
  needs->footer(kNeedsExamples);
  needs->add_option("paths", options.scan.paths, "Files, directories or repositories [default: .]")->type_name("PATH");
  needs->add_flag("--history", options.scan.history, "Look for credentials in the git history too");
  needs->add_option("--config", options.scan.config, "Declared purposes [default: overreach.yaml at the root]")
      ->type_name("FILE");
  needs->add_flag("--json", options.needs.json, "Write the answer as JSON");
  add_rule_options(*needs, options.rules);

  CLI::App* rules = app.add_subcommand("rules", "List, show and check provider files");
  rules->require_subcommand(1);
  CLI::App* list = rules->add_subcommand("list", "Providers and the credentials they issue");
  list->add_flag("--json", options.json, "Machine-readable catalogue");
  CLI::App* show = rules->add_subcommand("show", "One provider: credentials, reach, uses, narrower kinds");
  show->add_option("provider", options.arguments, "Provider or rule id, such as railway")->required()->expected(1);
  CLI::App* check =
      rules->add_subcommand("check", "Check provider files: fields, references, examples in both engines");
  check->add_option("files", options.arguments, "Files or directories [default: the built-in rules]");
  for (CLI::App* command : {list, show, check}) add_rule_options(*command, options.rules);

  CLI::App* cache = app.add_subcommand("cache", "What is remembered of histories that were scanned");
  cache->require_subcommand(1);
  cache->add_subcommand("clear", "Forget it all; the next scan of a history reads everything");
  cache->add_subcommand("path", "Print the directory it lies in");

  CLI::App* completion = app.add_subcommand("completion", "Print a completion script for your shell");
  completion->add_option("shell", options.arguments, "bash, zsh or fish")
      ->required()
      ->expected(1)
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));

  try {
    app.parse(with_default_command(argc, argv));
  } catch (const CLI::Success& done) {  // --help and --version
    options.exit_code = app.exit(done);
    return options;
  } catch (const CLI::ParseError& error) {
    throw UsageError(std::string(error.what()) + "\nRun 'overreach --help' or 'overreach scan --help'.");
  }
  if (completion->parsed()) {
    write_completion(std::cout, app, options.arguments[0]);
    options.exit_code = 0;
  }
  options.command = app.get_subcommands()[0]->get_name();
  if (cache->parsed()) options.command += " " + cache->get_subcommands()[0]->get_name();
  if (rules->parsed()) options.command += " " + rules->get_subcommands()[0]->get_name();
  if (!typed.empty())  // not repeated: it may be the credential
    throw UsageError(
        "'overreach probe' reads the credential from standard input; in an argument every process can read it, "
        "and the shell remembers it");
  if (probe->parsed()) options.network.mode = plan ? "plan" : "live";
  options.network.no_cache =
      probe->parsed() || options.scan.no_cache;  // who asks about one credential wants to know now
  options.network.endpoints = parse_endpoints(endpoints);
  split_probe_mode(options.network);
  if (options.network.offline) options.network.mode = options.network.mode == "plan" ? "plan" : "";
  options.scan.pre_push = !options.scan.remote.empty();
  if (options.scan.remote == "*") options.scan.remote.clear();
  options.output.never_fail = fail_on == "never";
  options.output.fail_on = parse_severity(fail_on).value_or(Severity::critical);
  return options;
}

}  // namespace overreach
