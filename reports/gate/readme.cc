#include "reports/gate/readme.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/gate/cedar.h"
#include "reports/gate/claude_rules.h"
#include "reports/gate/claude_settings.h"

namespace overreach {
namespace {

constexpr std::string_view kIntroduction = R"(# Gates

Written by `overreach --gates`. A gate stops what a token can do beyond its purpose. It is the second line: the first
is a narrower token, where the provider has one, and rotating this one. Nothing here holds a credential.

| file | what it is |
|---|---|
| `claude-code/settings.json` | permissions and sandbox for Claude Code |
| `claude-code/deny-destructive.sh` | a hook that reads every command before it runs, and denies what it cannot read |
| `claude-code/hook-stanza.json` | the settings that call the hook |
| `cedar/policy.cedar`, `cedar/schema.cedarschema` | the same decision for a gateway that speaks Cedar, with receipts |

## Install

overreach never edits your settings. Settings of Claude Code add up over their files, so the shortest way is a file of its own:

    claude --settings claude-code/settings.json

For everybody on a machine (the files of this directory are merged, lists add up):

    sudo install -D -m 0644 claude-code/settings.json /etc/claude-code/managed-settings.d/50-overreach.json

The hook, which sees through quotes and flags that rules do not:

    install -D -m 0755 claude-code/deny-destructive.sh ~/.claude/hooks/overreach-deny-destructive.sh

Then merge both JSON files into a copy of your own settings, look at it, and put it in place yourself. Lists must be
joined, not replaced, so a plain JSON merge patch (RFC 7386) is not enough:

    jq -s 'def join($a; $b): if ($a|type) == "object" and ($b|type) == "object"
             then reduce ($b|keys_unsorted[]) as $k ($a; .[$k] = join($a[$k]; $b[$k]))
             elif ($a|type) == "array" and ($b|type) == "array" then $a + ($b - $a)
             else $b // $a end;
           reduce .[1:][] as $next (.[0]; join(.; $next))' \
      ~/.claude/settings.json claude-code/settings.json claude-code/hook-stanza.json > settings.merged.json

Settings of a project (`.claude/settings.json`) are not read when Claude Code starts in a sub-directory: prefer the user's or
the machine's. JSON that does not parse is ignored without a word; check the result with `jq . settings.merged.json`.

The Cedar policy needs a gateway that stands between the agent and the provider, holds the token itself, and asks for
every call: principal `Overreach::Agent`, an action of the schema, the resource, and a context with the time and the receipt.
Validate with any Cedar 4 tool.

## What the agent loses

The settings keep the token away from the agent: the variables, the stores and the files that hold it are closed to its
tools. What the code needs is not denied by name, but run it as a person or in CI, or move the token out of the files
named below and hand it to one command only.
)";

std::string bullets(const std::vector<std::string>& sentences) {
  std::string out;
  for (const std::string& sentence : sentences) out += "- " + sentence + "\n";
  return out;
}

std::string code_list(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "`" : ", `") + item + "`";
  return out;
}

std::string denied_table(const GatePlan& plan) {
  std::string out = "| stopped | what it does | effect | severity | findings |\n|---|---|---|---|---|\n";
  for (const Denied& denied : plan.denied)
    out +=
        fmt::format("| `{}` | {} | {} | {} | {} |\n", denied.capability->id, denied.capability->title,
                    to_string(denied.capability->effect), to_string(denied.severity), fmt::join(denied.findings, ", "));
  for (const Confined& confined : plan.confined)
    out += fmt::format("| `{}` outside {} | {} | {} | | {} |\n", confined.capability->id,
                       confined.places.front().text(), confined.capability->title,
                       to_string(confined.capability->effect), fmt::join(confined.findings, ", "));
  return out;
}

std::string section(const GatePlan& plan) {
  std::string out = fmt::format("\n## {}\n\nFindings: {}\n\n", plan.provider->title, code_list(plan.findings)) +
                    denied_table(plan) + "\n";
  out += plan.needed.empty() ? "Stays open: reads.\n"
                             : "Stays open: reads, and what is needed: " + code_list(plan.needed) + ".\n";
  if (!plan.files.empty()) out += "\nClosed, because they hold the token: " + code_list(plan.files) + ".\n";
  if (const auto texts = without_rule(plan); !texts.empty())
    out += "\nThe rules of the settings miss some or all spellings of these; the hook and Cedar are for them: " +
           code_list(texts) + ".\n";
  return out + "\nClaude Code files do not cover:\n\n" + bullets(claude_not_covered(plan)) +
         "\nThe Cedar policy does not cover:\n\n" + bullets(cedar_not_covered(plan));
}

}  // namespace

std::string gates_readme(std::span<const GatePlan> plans) {
  std::string out(kIntroduction);
  for (const GatePlan& plan : plans) out += section(plan);
  return out;
}

}  // namespace overreach
