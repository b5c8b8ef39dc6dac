#include "scanner/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace overreach {

TextStyle terminal_style(const OutputOptions& output) {
  TextStyle style;
  const bool terminal = isatty(STDOUT_FILENO) != 0 && output.text.empty();
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  style.colour = output.colour == "always" ||
                 (output.colour == "auto" && !set("NO_COLOR") && ((terminal && !dumb) || set("CLICOLOR_FORCE")));
  style.links = style.colour && terminal;
  style.verbose = output.verbose;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (set(name)) {
      const std::string_view locale = std::getenv(name);
      style.unicode = locale.find("UTF-8") != std::string_view::npos || locale.find("utf8") != std::string_view::npos;
      break;
    } else {
      style.unicode = false;
    }
  winsize size{};
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) style.width = size.ws_col;
  return style;
}

}  // namespace overreach
