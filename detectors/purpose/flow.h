// How far a credential travels: the names it is known under, and how it got there.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "detectors/model/need.h"
#include "detectors/purpose/interpret.h"
#include "detectors/purpose/program.h"

namespace overreach::purpose {

/// One step from a name to another.
struct Edge {
  Name to;
  std::size_t file = 0;
  std::uint32_t line = 0;  // 0: nothing to show
  std::string what;        // "passes it as RAILWAY_TOKEN"
  unsigned hops = 0;       // 1: the name changes
  Confidence cap = Confidence::certain;
  bool derived = false;  // `to` holds something made with the credential, not the credential
};

/// How a name was reached.
struct Trace {
  Name from;  // empty text: a starting point
  Edge edge;
  unsigned hops = 0;
  unsigned steps = 0;
  Confidence cap = Confidence::certain;
  bool derived = false;
};

using Reached = std::map<Name, Trace>;

/// What a walk left out.
struct Limits {
  bool renamed = false;  // a name lay more than four renames away
  bool spent = false;    // there were more steps than are taken
};

/// The graph of names of a program. Immutable after construction.
class Flow {
 public:
  Flow(const Program& program, std::vector<Use>& uses);

  /// Everything reachable from `starts` within four renames and a bounded number of steps.
  Reached reach(const std::vector<std::pair<Name, Trace>>& starts, Limits& limits) const;

 private:
  void add_bindings();
  void add_parameters();
  void add_mutations();
  void add_environment(std::vector<Use>& uses);
  void add_handover(const std::string& scope, std::size_t file, std::uint32_t line, unsigned depth);
  void add_load(const std::string& scope, std::size_t file);
  void add_run_files(const Use& use);
  void add_dotenv_calls();
  void add_edge(const Name& from, Edge edge);
  std::vector<Edge> edges_of(const Name& name) const;
  std::vector<Edge> environment_edges(const Name& name) const;

  const Program& program_;
  std::unordered_map<Name, std::vector<Edge>, NameHash> edges_;
  std::map<std::string, std::vector<std::string>> children_;  // scope -> inner scopes
  std::map<std::string, std::set<std::string>> handed_;       // scope -> files that run in it
  std::map<std::string, std::set<std::string>> loaded_by_;    // dotenv file -> scopes that read it
  std::map<std::string, std::set<std::string>> loads_;        // scope -> dotenv files
  std::set<std::string> secrets_;                             // secrets of CI that are mentioned
};

}  // namespace overreach::purpose
