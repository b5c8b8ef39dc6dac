// Reads one use with the rows of one provider; the parts of it that interpret.cc puts together.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detectors/purpose/command_line.h"
#include "detectors/purpose/graphql.h"
#include "detectors/purpose/interpret.h"
#include "detectors/purpose/resolve.h"
#include "detectors/purpose/route.h"

namespace overreach::purpose {

constexpr unsigned kMaxOrigin = 4;  // names between a call and where its client is made

inline bool has_hole(std::string_view text) { return text.find(kHole) != std::string_view::npos; }
std::string upper(std::string_view text);
/// GET, POST, … in any case.
bool is_verb(std::string_view word);
/// x.WithToken(t).SetDebug(true) is still x.
bool is_builder(std::string_view method);

/// Where a client object comes from.
struct ClientOrigin {
  std::set<std::string> constructs;  // "Stripe", "boto3.client"
  std::set<std::string> packages;    // "@octokit/rest"
  std::set<std::string> subjects;    // literal first arguments: boto3.client("s3")
  std::vector<std::string> urls;
  bool direct = false;  // the constructed object itself, not something it returned
  std::vector<std::pair<std::size_t, std::string>> types = {};  // file and name of the types it is made as
  bool given = false;  // the constructor got something that could be a credential
};

/// Reads one use under one assumption about who calls the function it stands in.
class UseReader {
 public:
  UseReader(const Program& program, const Use& use, const Provider& provider, const std::vector<std::string>& hosts,
            const Context& context)
      : program_(program),
        use_(use),
        provider_(provider),
        hosts_(hosts),
        resolver_(program, context),
        path_(program.files()[use.file].path),
        file_(use.file),
        line_(use.line) {
    if (!context.calls.empty()) {
      wrapped_ = true;
      file_ = context.calls.back().second->file;
      line_ = context.calls.back().second->line;
    }
  }

  CodeReading read() {
    if (use_.command != nullptr) read_command();
    if (use_.call != nullptr) read_call();
    if (use_.step != nullptr) read_step();
    return std::move(out_);
  }
  const std::set<std::string>& needed() const { return resolver_.needed(); }

 private:
  /// `operation`: the row that fitted, where its words can tell more than the capability.
  void hit(const std::string& capability, std::string what, Where where, bool open = false,
           std::string operation = {}) {
    out_.concerns = true;
    out_.hits.push_back(
        {capability, std::move(where), std::move(what), open, file_, line_, wrapped_, std::move(operation)});
  }
  void puzzle(std::string what) {
    out_.concerns = true;
    out_.puzzles.push_back({std::move(what), file_, line_});
  }
  void if_reached(std::string what) { out_.if_reached.push_back({std::move(what), file_, line_}); }

  bool is_host(std::string_view host) const {
    const auto fits = [&](const std::string& pattern) { return host_fits(pattern, host); };
    return std::any_of(provider_.hosts.begin(), provider_.hosts.end(), fits) ||
           std::any_of(hosts_.begin(), hosts_.end(), fits);
  }
  bool is_program(const std::string& word) const {
    const auto& cli = provider_.clients.cli;
    return std::find(cli.begin(), cli.end(), word) != cli.end();
  }

  bool is_npm_package(const std::string& word) const {
    const auto js = provider_.clients.packages.find("js");
    return js != provider_.clients.packages.end() &&
           std::find(js->second.begin(), js->second.end(), word) != js->second.end();
  }

  void read_command();
  void read_words(const Words& words, const std::vector<std::string>& input);
  void read_http(const HttpCommand& http, const Words& words, const std::vector<std::string>& input);
  void read_request(const std::string& verb, const Address& address, std::vector<std::string> bodies,
                    const Value* call);
  bool read_documents(const std::vector<std::string>& bodies, const Value* call, const Where& base);
  bool read_sql(const std::vector<std::string>& texts, const Where& base);
  void read_call();
  bool read_client_call(const Value& call, const ClientOrigin& origin);
  bool read_http_call(const Value& call, const ClientOrigin& origin);
  bool starts_programs(const Value& call) const;
  void read_child_process(const Value& call);
  void read_program(const Value& call, std::size_t first);
  void read_step();
  void read_resource(const Step& step);
  bool configures(const Step& step) const;

  ClientOrigin origin_of(const Value& call) const;
  bool is_module(const Value& call) const;
  bool is_http_module(const Value& call) const;
  void trace(const Name& name, unsigned depth, bool same, ClientOrigin& out) const;
  void trace_value(const Value& value, std::size_t file, unsigned depth, bool same, ClientOrigin& out) const;
  void trace_call(const Value& value, std::size_t file, unsigned depth, bool same, ClientOrigin& out) const;
  const Value* request_in(const Value& call);
  const Value* request_behind(const Value& value, unsigned depth);
  bool is_ambient(const Value& value, unsigned depth) const;
  bool gives_credential(const Value& call, unsigned depth = 0) const;
  bool is_client(const ClientOrigin& origin) const;
  Where where_of(const Words* words, const Value* call, const std::vector<std::string>& texts);

  const Program& program_;
  const Use& use_;
  const Provider& provider_;
  const std::vector<std::string>& hosts_;
  Resolver resolver_;
  std::string path_;
  std::size_t file_;
  std::uint32_t line_;
  bool wrapped_ = false;
  CodeReading out_;
};

}  // namespace overreach::purpose
