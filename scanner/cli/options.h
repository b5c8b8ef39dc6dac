// The command line, parsed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "detectors/model/finding.h"

namespace overreach {

/// What to read and how far to go with it.
struct ScanOptions {
  std::vector<std::string> paths;  // empty: the current directory
  bool staged = false;
  bool history = false;
  bool no_cache = false;
  bool standard_input = false;
  std::string range;
  std::string since;      // a date or an age
  bool pre_push = false;  // the range is what git tells a pre-push hook on standard input
  std::string remote;     // --pre-push=REMOTE; empty: any
  /// Whether commits are asked for.
  bool commits() const { return !range.empty() || !since.empty() || pre_push; }
  std::vector<std::string> exclude;
  bool no_ignore_file = false;  // .overreachignore is not heeded
  bool thorough = false;        // loose shapes and publishable keys too
  unsigned threads = 0;         // 0: one per core
  std::string config;           // overreach.yaml; empty: the one at the root, if any
};

/// Which rules to use.
struct RuleOptions {
  std::string directory;      // --rules DIR
  bool trust_probes = false;  // --trust-rules-probes
};

/// Whether and whom to ask.
struct NetworkOptions {
  std::string mode;                    // "", "live", "plan"
  std::vector<std::string> providers;  // --probe=railway,github: only these are asked; empty: all
  std::vector<std::string> hosts;      // --probe-host
  std::map<std::string, std::string> endpoints;
  bool databases = false;                    // --probe-db
  unsigned requests = 10;                    // --probe-requests: for one credential
  std::string log;                           // --probe-log
  bool no_cache = false;                     // --no-cache
  bool canaries = false;                     // --probe-canaries
  std::vector<std::string> canary_accounts;  // --canary-account
  bool yes = false;                          // --yes: nothing is asked on the terminal
  bool offline = false;                      // --offline
};

/// One credential by itself: the command `probe`.
struct CredentialOptions {
  std::string as;  // provider or rule id; empty: what its shape says
  bool json = false;
};

/// What is to be explained: the command `explain`.
struct ExplainOptions {
  std::string what;  // id of a finding (or its beginning), rule id, provider id
  std::string from;  // a JSON report; empty: scan now
  bool json = false;
};

/// The least privilege per credential: the command `needs`.
struct NeedsOptions {
  bool json = false;
};

/// What comes out, and what makes the run fail.
struct OutputOptions {
  std::string json, sarif, text;  // files; "-" is standard output
  std::string gates;              // directory
  Severity fail_on = Severity::medium;
  bool never_fail = false;      // --fail-on never
  std::string colour = "auto";  // auto, always, never
  bool verbose = false;
  bool quiet = false;
  bool stats = false;  // --stats
};

struct Options {
  std::string command;  // "scan", "rules list", "rules show", "rules check", "probe", "explain", "needs", "completion"
  std::vector<std::string> arguments;  // of rules and completion
  bool json = false;                   // rules list --json
  ScanOptions scan;
  RuleOptions rules;
  NetworkOptions network;
  CredentialOptions credential;
  ExplainOptions explain;
  NeedsOptions needs;
  OutputOptions output;
  int exit_code = -1;  // 0 or more: --help or --version has been answered
};

/// Parses and, for --help, --version and `completion`, answers on standard output. Throws UsageError.
Options parse_options(int argc, char** argv);

}  // namespace overreach
