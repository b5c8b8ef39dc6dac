#include "scanner/cli/completion.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace overreach {
namespace {

struct Command {
  std::string path;  // "", "scan", "rules list"
  const CLI::App* app;
};

std::vector<Command> commands_of(const CLI::App& app, const std::string& prefix = "") {
  std::vector<Command> out = {{prefix, &app}};
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    for (Command& command : commands_of(*sub, prefix + (prefix.empty() ? "" : " ") + sub->get_name()))
      out.push_back(std::move(command));
  return out;
}

/// Sub-commands and flags that may follow.
std::string words_of(const CLI::App& app) {
  std::string out;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) out += sub->get_name() + " ";
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) out += "--" + name + " ";
  return out;
}

std::string quoted(std::string text) {
  std::string out;
  for (const char c : text.substr(0, text.find('\n'))) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "'" + out + "'";
}

void write_bash(std::ostream& out, const CLI::App& app) {
  out << "_overreach() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} path= word words=\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    case $word in -*) ;; scan|probe|explain|needs|rules|cache|completion|list|show|check|clear) "
         "path=\"${path:+$path }$word\" ;; "
         "esac\n"
         "  done\n"
         "  case $path in\n";
  for (const Command& command : commands_of(app)) {
    const std::string extra = command.path.empty() ? " " + words_of(*app.get_subcommand("scan")) : "";
    out << "    '" << command.path << "') words='" << words_of(*command.app) << extra << "' ;;\n";
  }
  out << "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "  [[ $cur == -* ]] || COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
         "}\n"
         "complete -o filenames -F _overreach overreach\n";
}

void write_fish(std::ostream& out, const CLI::App& app) {
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    out << "complete -c overreach -n __fish_use_subcommand -a " << sub->get_name() << " -d "
        << quoted(sub->get_description()) << "\n";
    for (const CLI::Option* option : sub->get_options())
      for (const std::string& name : option->get_lnames())
        out << "complete -c overreach -n '__fish_seen_subcommand_from " << sub->get_name() << "' -l " << name << " -d "
            << quoted(option->get_description()) << "\n";
  }
}

}  // namespace

void write_completion(std::ostream& out, const CLI::App& app, std::string_view shell) {
  if (shell == "fish") return write_fish(out, app);
  if (shell == "zsh") out << "autoload -U +X bashcompinit && bashcompinit\n";
  write_bash(out, app);
}

}  // namespace overreach
