// Steps of CI jobs, containers, and resources of Terraform.
#include "detectors/purpose/reader.h"

#include <algorithm>
#include <cctype>

#include "detectors/purpose/match_use.h"

namespace overreach::purpose {
// True when the provider's block in sight names a credential, so that it does not read one by itself.
bool UseReader::configures(const Step& step) const {
  const auto block = step.with.empty() ? std::nullopt : program_.link(step.with[0].second.where);
  if (!block) return false;
  for (const Program::Bound& bound : program_.bindings(*block)) {
    for (const auto& [key, value] : bound.binding->value.members) {
      std::string word = key;
      std::transform(word.begin(), word.end(), word.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      for (const std::string_view secret : {"token", "key", "secret", "password", "credential", "auth"})
        if (word.find(secret) != std::string::npos) return true;
    }
    if (bound.binding->value.kind == Value::Kind::name) return true;  // handed down from the caller of a module
  }
  return false;
}

// Applying a resource makes it, reads it back, and destroys it when it is taken out of the code or must be replaced.
void UseReader::read_resource(const Step& step) {
  const std::string prefix = step.resource.substr(0, step.resource.find('_') + 1);
  const bool ours = std::any_of(provider_.uses.begin(), provider_.uses.end(), [&](const UseSpec& use) {
    return std::any_of(use.terraform.begin(), use.terraform.end(),
                       [&](const std::string& type) { return type.starts_with(prefix); });
  });
  if (!ours) {
    const std::string what = step.image ? step.uses : "the resource " + step.resource;
    return if_reached("hands it to " + what + ", from where it goes on");
  }
  out_.concerns = true;
  out_.credential_given = configures(step);
  out_.implicit = !out_.credential_given;
  if (step.image) return puzzle("uses " + step.uses + ", whose resources are not in these files");
  const bool reads = step.data || !program_.terraform_applies();
  const std::string needs = match_terraform(provider_, step.resource);
  const Capability* main = provider_.capability(needs);
  const std::string what = (reads ? "reads " : "applies ") + step.resource;
  if (needs.empty()) return puzzle(what + ", which no rule maps");
  // dns.write goes with dns.read and dns.destroy
  const std::string noun = needs.substr(0, needs.find('.'));
  const bool readable = main == nullptr || provider_.capability(noun + ".read") != nullptr;
  if (!reads || main == nullptr) hit(needs, what, {}, false, step.resource);
  if (readable && main != nullptr) hit(noun + ".read", what, {});
  if (!reads && provider_.capability(noun + ".destroy") != nullptr) hit(noun + ".destroy", what, {});
  if (reads && !readable) puzzle(what + ", and no capability says what reading it takes");
}

void UseReader::read_step() {
  const Step& step = *use_.step;
  if (!step.resource.empty()) return read_resource(step);
  if (step.image)
    return if_reached("hands it to " + (step.uses.empty() ? "a container" : step.uses) +
                      ", whose code is not in these files");
  if (step.uses.starts_with("./")) return;
  const std::string needs = match_action(provider_, step.uses);
  std::vector<std::string> texts;
  for (const auto& with : step.with)
    for (std::string& text : resolver_.all_texts(with.second, path_)) texts.push_back(std::move(text));
  if (!needs.empty()) {
    out_.implicit = true;
    out_.credential_given = std::any_of(step.with.begin(), step.with.end(), [&](const auto& with) {
      return with.second.kind == Value::Kind::secret || !program_.names_in(with.second).empty();
    });
    return hit(needs, "runs the action " + step.uses, where_of(nullptr, nullptr, {}));
  }
  if_reached("passes it to the action " + step.uses + ", which no rule maps");
}

}  // namespace overreach::purpose
