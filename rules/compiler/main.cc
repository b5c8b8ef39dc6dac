// overreach-rulec: checks provider files, and turns them into what the program embeds.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/catalog/check.h"
#include "rules/catalog/pattern_table.h"
#include "rules/catalog/rule_file.h"
#include "rules/compiler/actions.h"
#include "rules/compiler/embed.h"

namespace overreach {
namespace {

constexpr std::string_view kUsage =
    "usage: overreach-rulec check FILE...             prints what is wrong with provider files; exit 1 if anything is\n"
    "       overreach-rulec embed DIRECTORY FILE...   writes what the program embeds into DIRECTORY\n"
    "       overreach-rulec actions PACKAGE           prints the actions of AWS that the npm package knows\n"
    "       overreach-rulec embed-actions DIRECTORY PACKAGE\n"
    "\n"
    "`check` tries the examples against the patterns only. `overreach rules check` and the tests also run the filters\n"
    "(checksum, entropy, not_near, placeholder), which lie in rooms above the compiler.\n";

/// Loads every file; prints what is wrong. Files that are wrong are left out.
std::vector<RuleFile> load(const std::vector<std::string>& paths, bool& wrong) {
  std::vector<RuleFile> files;
  for (const std::string& path : paths) {
    auto loaded = load_rule_file(path);
    if (loaded) {
      files.push_back(std::move(*loaded));
      continue;
    }
    wrong = true;
    for (const Diagnostic& diagnostic : loaded.error()) std::cerr << diagnostic.text() << "\n";
  }
  return files;
}

int check(const std::vector<std::string>& paths) {
  bool wrong = false;
  for (const std::string& path : paths) {
    for (const RuleFile& file : load({path}, wrong)) {
      PatternTable table;
      table.add(file.provider);
      const Matcher matcher(table.patterns());
      for (const ExampleProblem& problem : check_examples(file.provider, table.patterns(), matcher, {})) {
        wrong = true;
        std::cerr << Diagnostic{path, file.document.line(problem.pointer), problem.message}.text() << "\n";
      }
    }
  }
  return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}

int embed_files(const std::string& directory, const std::vector<std::string>& paths) {
  bool wrong = false;
  std::vector<RuleFile> files = load(paths, wrong);
  if (wrong) return EXIT_FAILURE;
  embed(std::move(files), directory);
  return EXIT_SUCCESS;
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() >= 2 && arguments[0] == "check") return check({arguments.begin() + 1, arguments.end()});
  if (arguments.size() >= 2 && arguments[0] == "embed")
    return embed_files(arguments[1], {arguments.begin() + 2, arguments.end()});
  if (arguments.size() == 2 && arguments[0] == "actions") {
    std::cout << actions_of_package(arguments[1]);
    return EXIT_SUCCESS;
  }
  if (arguments.size() == 3 && arguments[0] == "embed-actions") {
    embed_actions(actions_of_package(arguments[2]), arguments[1]);
    return EXIT_SUCCESS;
  }
  std::cerr << kUsage;
  return 2;
}

}  // namespace
}  // namespace overreach

int main(int argc, char** argv) try {
  return overreach::run({argv + 1, argv + argc});
} catch (const std::exception& e) {
  std::cerr << "overreach-rulec: " << e.what() << "\n";
  return EXIT_FAILURE;
}
