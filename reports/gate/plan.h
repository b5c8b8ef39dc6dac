// What the gates deny, before anybody writes a policy language.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/model/finding.h"
#include "rules/catalog/provider.h"

namespace overreach {

/// Finds a provider by id; nullptr if there is none. Catalog::find, or a table in tests.
using ProviderLookup = std::function<const Provider*(std::string_view id)>;

/// One way an act is written down: the unit that a gate denies or lets pass.
struct Operation {
  enum class Form {
    cli,      // "railway volume delete"
    graphql,  // "mutation volumeDelete"
    http,     // "DELETE /v1/volumes/*"
    sql,      // "DROP TABLE"
    code,     // "js refunds.create": an SDK call, a workflow action or a Terraform resource
  };
  Form form = Form::cli;
  std::string text;                       // as the provider file has it; `code` with the language in front
  std::vector<std::string> capabilities;  // what it exercises, sorted
  bool denied = false;
};

/// A power that a gate stops.
struct Denied {
  const Capability* capability = nullptr;
  Severity severity = Severity::note;  // the worst of its findings
  std::vector<std::string> findings;   // finding ids, sorted
};

/// A power that is needed at some places and held at others.
struct Confined {
  const Capability* capability = nullptr;
  std::vector<Where> places;          // where it is needed, sorted
  std::vector<std::string> findings;  // finding ids, sorted
};

/// Everything the writers need to know about one provider. Points into the catalogue.
struct GatePlan {
  const Provider* provider = nullptr;
  std::vector<std::string> findings;   // ids of the findings that get the gate, sorted
  std::vector<Denied> denied;          // sorted by capability id
  std::vector<Confined> confined;      // sorted by capability id
  std::vector<std::string> needed;     // capability ids, sorted; of all findings of the provider
  std::vector<std::string> tolerated;  // excess below `medium`: not worth a gate, sorted
  std::vector<Operation> operations;   // all of the provider, sorted by (form, text)
  std::vector<std::string> env;        // variables the credentials travel in, sorted
  std::vector<std::string> files;      // paths of the working tree and the index that hold one, sorted
  bool in_history = false;             // some copy lies in git objects
  bool unused = false;                 // the code was read, and nothing in it uses the provider

  bool denies(std::string_view capability) const;
  bool needs(std::string_view capability) const;
  /// True when the gate must let it pass: it reads, is needed, or is tolerated.
  bool keeps_open(const Operation& operation) const;
};

/// One plan for each provider with excess of severity `medium` or above, sorted by
/// provider id. Reads are never denied, nor is what any live finding of the provider needs.
std::vector<GatePlan> plan_gates(std::span<const Finding> findings, const ProviderLookup& lookup);

/// True when this finding by itself has excess worth a gate.
bool needs_gate(const Finding& finding);

}  // namespace overreach
