#include "reports/gate/hook_script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <set>

#include "deny_destructive.inc"

namespace overreach {
namespace {

using Form = Operation::Form;

/// A path of the provider file as an extended regular expression: `*` is one segment,
/// `**` any rest; it ends where the path of a request ends.
std::string path_pattern(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path.substr(i).starts_with("**")) {
      out += "[^ ]*";
      ++i;
    } else if (path[i] == '*') {
      out += "[^/ ?#]+";
    } else {
      const bool plain =
          std::isalnum(static_cast<unsigned char>(path[i])) != 0 || path[i] == '/' || path[i] == '_' || path[i] == '-';
      out += plain ? std::string(1, path[i]) : std::string("[") + path[i] + "]";
    }
  }
  return out + "/?([^/A-Za-z0-9_.~%$-]|$)";
}

std::string value_of(const Operation& operation) {
  if (operation.form != Form::http) return operation.text;
  const std::size_t space = operation.text.find(' ');
  if (space == operation.text.npos) return {};
  return operation.text.substr(0, space) + " " + path_pattern(std::string_view(operation.text).substr(space + 1));
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

void list(std::string& out, std::string_view kind, std::string_view provider, std::string_view label,
          std::string_view value) {
  if (!value.empty()) out += fmt::format("#: {}\t{}\t{}\t{}\n", kind, provider, label, value);
}

/// What tells that a command is about the provider at all.
std::set<std::string> mentions(const GatePlan& plan) {
  const Provider& provider = *plan.provider;
  std::set<std::string> out(plan.env.begin(), plan.env.end());
  for (const std::string& host : provider.hosts) out.insert(host.starts_with("*.") ? host.substr(1) : host);
  out.insert(provider.clients.cli.begin(), provider.clients.cli.end());
  for (const auto& [language, packages] : provider.clients.packages) out.insert(packages.begin(), packages.end());
  for (const std::string& scheme : provider.clients.url_schemes) out.insert(scheme + "://");
  return out;
}

std::set<std::string> programs(const GatePlan& plan) {
  std::set<std::string> out;
  for (const Operation& operation : plan.operations)
    if (operation.form == Form::cli && operation.denied) out.insert(operation.text.substr(0, operation.text.find(' ')));
  return out;
}

std::string rows_of(const GatePlan& plan) {
  const std::string& provider = plan.provider->id;
  std::string out;
  for (const std::string& name : mentions(plan)) list(out, "mention", provider, "", name);
  for (const std::string& name : programs(plan)) list(out, "program", provider, "", name);
  for (const Operation& operation : plan.operations) {
    const std::string label = fmt::format("{}", fmt::join(operation.capabilities, " "));
    if (!operation.denied) {
      if (operation.form == Form::cli) list(out, "allow-cli", provider, label, operation.text);
      continue;
    }
    switch (operation.form) {
      case Form::cli:
        list(out, "cli", provider, label, operation.text);
        break;
      case Form::graphql:
        list(out, "graphql", provider, label, operation.text);
        break;
      case Form::http:
        list(out, "http", provider, label, value_of(operation));
        break;
      case Form::sql:
        list(out, "sql", provider, label, lower(operation.text));
        break;
      case Form::code:
        break;
    }
  }
  return out;
}

}  // namespace

std::string hook_script(std::span<const GatePlan> plans) {
  std::string out = kDenyDestructive;
  out += "\n# What is denied, from the provider files of overreach. Fields are parted by tabs.\n";
  for (const GatePlan& plan : plans) {
    out += fmt::format("#\n# {}: findings {}\n", plan.provider->title, fmt::join(plan.findings, ", "));
    out += rows_of(plan);
  }
  return out;
}

}  // namespace overreach
