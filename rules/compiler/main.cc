// overreach-rulec: checks provider files, and turns them into what the program embeds.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/catalog/rule_file.h"

namespace overreach {
namespace {

constexpr std::string_view kUsage =
    "usage: overreach-rulec check FILE...   prints what is wrong with provider files; exit 1 if anything is\n";

int check(const std::vector<std::string>& files) {
  bool wrong = false;
  for (const std::string& file : files) {
    const auto loaded = load_rule_file(file);
    if (loaded) continue;
    wrong = true;
    for (const Diagnostic& diagnostic : loaded.error()) std::cerr << diagnostic.text() << "\n";
  }
  return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace
}  // namespace overreach

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() >= 2 && arguments[0] == "check")
    return overreach::check({arguments.begin() + 1, arguments.end()});
  std::cerr << overreach::kUsage;
  return 2;
} catch (const std::exception& e) {
  std::cerr << "overreach-rulec: " << e.what() << "\n";
  return 1;
}
