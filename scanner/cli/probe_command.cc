// One credential by itself: what it is, and what it can do. It comes from standard input, never from an argument, which
// every process of the machine could read.
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "detectors/identify/identify.h"
#include "detectors/verdict/judge.h"
#include "reports/format/report.h"
#include "scanner/cli/asking.h"
#include "scanner/cli/commands.h"
#include "scanner/cli/terminal.h"
#include "scanner/match/matcher.h"
#include "scanner/source/reader.h"

namespace overreach {
namespace {

termios before{};  // how the terminal was

/// Whoever gives up with Ctrl-C wants to see what he types next.
void show_again(int signal) {
  tcsetattr(STDIN_FILENO, TCSANOW, &before);
  raise(signal);  // the handler is gone: this ends the process
}

/// Nothing that is typed is shown while this lives. One at a time.
class NoEcho {
 public:
  NoEcho() : terminal_(tcgetattr(STDIN_FILENO, &before) == 0) {
    if (!terminal_) return;
    struct sigaction once {};
    once.sa_handler = show_again;
    once.sa_flags = SA_RESETHAND;
    sigaction(SIGINT, &once, &interrupt_);
    termios quiet = before;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    std::cerr << "Paste the credential (it is not shown), then Enter and Ctrl-D: " << std::flush;
  }
  ~NoEcho() {
    if (!terminal_) return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    sigaction(SIGINT, &interrupt_, nullptr);
    std::cerr << "\n";
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  struct sigaction interrupt_ {};
  bool terminal_;
};

Secret read_standard_input() {
  constexpr std::size_t kLargest = 1 << 20;
  const NoEcho no_echo;
  std::string text;
  const Result<void> done = Reader().read_stream(
      STDIN_FILENO, [&](std::string_view bytes, const Part* /*part*/) { text = bytes.substr(0, kLargest + 1); });
  if (!done) throw UsageError("standard input: " + done.error().message);
  if (text.size() > kLargest) throw UsageError("standard input has more than 1 MiB; 'overreach scan' reads files");
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) throw UsageError("standard input is empty: 'overreach probe' reads the credential from there");
  return Secret(std::move(text));
}

class Identifier {
 public:
  explicit Identifier(const Catalog& catalog)
      : catalog_(catalog), matcher_(catalog.patterns(), catalog.database()), scratch_(matcher_.scratch()) {}

  std::vector<Token> tokens(std::string_view text) {
    Origin origin;
    origin.source = Origin::Source::input;
    origin.path = "stdin";
    std::vector<Candidate> candidates;
    matcher_.scan(text, scratch_, candidates);
    return merge(identify(Blob{text, {}, std::span(&origin, 1)}, candidates, catalog_), catalog_);
  }

  /// A value by itself may have no shape: it is shown under each name that the provider's own tools know.
  std::vector<Token> tokens_of(const Provider& provider, const std::string& as, std::string_view value) {
    std::vector<std::string> texts = {std::string(value)};
    for (const std::string& name : provider.env) texts.push_back(name + "=" + std::string(value) + "\n");
    texts.push_back(provider.id + " token = \"" + std::string(value) + "\"\n");
    std::vector<Token> out;
    for (const std::string& text : texts)
      for (Token& token : tokens(text)) {
        const auto known = [&](const Token& other) { return other.rule == token.rule && other.secret == token.secret; };
        if ((token.provider == as || token.rule == as) && std::none_of(out.begin(), out.end(), known))
          out.push_back(std::move(token));
      }
    return out;
  }

 private:
  const Catalog& catalog_;
  Matcher matcher_;
  Matcher::Scratch scratch_;
};

std::string named(const std::vector<Token>& tokens) {
  std::string out;
  for (const Token& token : tokens) out += (out.empty() ? "" : ", ") + token.rule;
  return out;
}

/// The same value read as credentials of several kinds: only its owner knows which it is.
bool ambiguous(const std::vector<Token>& tokens) {
  for (const Token& one : tokens)
    for (const Token& other : tokens)
      if (one.rule != other.rule && one.secret == other.secret) return true;
  return false;
}

std::vector<Token> find_credentials(const Catalog& catalog, const std::string& as) {
  const std::string id = as.substr(0, as.find('/'));
  const Provider* provider = as.empty() ? nullptr : catalog.find(id);
  if (!as.empty() && provider == nullptr)
    throw UsageError("there is no provider '" + id + "'; 'overreach rules list' names them all");
  const Secret input = read_standard_input();
  Identifier identifier(catalog);
  std::vector<Token> tokens =
      provider == nullptr ? identifier.tokens(input.reveal()) : identifier.tokens_of(*provider, as, input.reveal());
  if (tokens.empty())
    throw UsageError(as.empty()
                         ? "this has the shape of no credential that the rules know; --as PROVIDER says whose it is"
                         : "this has the shape of no credential of " + as + "; 'overreach rules show " + id +
                               "' says what they look like");
  if (ambiguous(tokens))
    throw UsageError("this could be any of " + named(tokens) + "; --as says which, so that it is sent to nobody else");
  return tokens;
}

/// The host of a database URL that was typed is as good as one named with --probe-host.
NetworkOptions with_typed_hosts(NetworkOptions network, const std::vector<Token>& tokens, const Catalog& catalog) {
  for (const Token& token : tokens) {
    const Companion* host = token.companion("host");
    if (network.databases && host != nullptr && !catalog.find(token.provider)->probe.database.empty())
      network.hosts.emplace_back(host->value.reveal());
  }
  return network;
}

}  // namespace

ExitCode probe_command(const Options& options) {
  const Catalog catalog(options.rules.directory, options.rules.trust_probes, {checksum_names(), decoder_names()});
  check_providers(options.network, catalog);
  std::vector<Token> tokens = find_credentials(catalog, options.credential.as);
  const NetworkOptions network = with_typed_hosts(options.network, tokens, catalog);
  if (network.mode == "plan") {
    print_plan(tokens, catalog, network);
    return ExitCode::clean;
  }
  std::vector<Reach> reach = reaches(tokens, catalog, network, options.output.quiet);
  std::vector<Finding> findings;
  bool answered = true;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Provider& provider = *catalog.find(tokens[i].provider);
    answered = answered && !std::holds_alternative<Unknown>(reach[i]);
    findings.push_back(judge(std::move(tokens[i]), std::move(reach[i]), Need{}, provider));
  }
  ScanSummary summary;
  summary.version = OVERREACH_VERSION;
  summary.rules_version = std::string(catalog.version());
  summary.root = ".";
  summary.mode = "stdin";
  summary.probed = options.network.mode == "live";
  const ExitCode code = answered ? ExitCode::clean : ExitCode::unprobed;
  summary.exit_code = static_cast<int>(code);
  if (options.credential.json)
    write_json(std::cout, findings, summary);
  else
    write_credentials(std::cout, findings, terminal_style(options.output));
  return code;
}

}  // namespace overreach
