// Command lines: wrappers taken off, rows of `cli` matched, curl read as a request.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace overreach::purpose {

/// A command line as words; a word that is not known holds kHole.
using Words = std::vector<std::string>;

/// `sudo env A=b npx -y railway@latest up` -> `railway up`. `./node_modules/.bin/x` -> `x`.
Words unwrap(Words words);

/// Splits a one-line script into commands at `;`, `&&`, `||`, `|` and words at blanks; quotes are honoured.
std::vector<Words> split_script(std::string_view script);

struct RowFit {
  std::size_t length = 0;  // words of the row that matched; 0: none
  bool open = false;       // an unknown word follows: a longer row could be meant
};

/// How "railway volume delete" fits: flags are skipped together with the word behind them where needed,
/// `*` is any words, a row's own flags must be there somewhere.
RowFit row_fits(std::string_view row, const Words& words);

/// Value of one of `flags`: `--env x`, `--env=x`. Empty when absent or unknown.
std::string flag_value(const Words& words, const std::vector<std::string>& flags);

/// What curl, wget, http (httpie) and `gh api` send.
struct HttpCommand {
  std::string verb;
  std::string url;                  // as written
  std::vector<std::string> bodies;  // data; "@file" as written
  bool stdin_body = false;
};
std::optional<HttpCommand> as_http(const Words& words);

}  // namespace overreach::purpose
