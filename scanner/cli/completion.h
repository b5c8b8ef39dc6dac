// Shell completion, derived from the option table.
#pragma once

#include <iosfwd>
#include <string_view>

namespace CLI {
class App;
}

namespace overreach {

/// Writes a completion script for "bash", "zsh" or "fish" that knows every command and flag of `app`.
void write_completion(std::ostream& out, const CLI::App& app, std::string_view shell);

}  // namespace overreach
