// Line-oriented files: dotenv and its relatives, Dockerfiles, Makefiles.
#include <algorithm>
#include <cctype>

#include "detectors/purpose/document.h"
#include "detectors/purpose/extract.h"

namespace overreach::purpose {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

bool is_name(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '.' && c != '-') return false;
  return true;
}

/// Calls `visit(line number, text)` for every line, without its end.
template <class Visit>
void each_line(std::string_view source, const Visit& visit) {
  std::uint32_t number = 1;
  for (std::size_t at = 0; at <= source.size(); ++number) {
    const std::size_t end = std::min(source.find('\n', at), source.size());
    visit(number, source.substr(at, end - at), static_cast<std::uint32_t>(at));
    at = end + 1;
  }
}

// NAME=value with ${OTHER} inside, quotes removed.
Value assigned(std::string_view text, std::uint32_t line) {
  const bool raw = text.size() > 1 && text.front() == '\'';
  if (text.size() > 1 && (text.front() == '"' || raw) && text.back() == text.front())
    text = text.substr(1, text.size() - 2);
  std::vector<Value> parts;
  while (!raw) {
    const std::size_t at = text.find("${");
    const std::size_t end = at == std::string_view::npos ? at : text.find('}', at);
    if (end == std::string_view::npos) break;
    parts.push_back(Value::literal(std::string(text.substr(0, at)), line));
    const std::string_view inside = text.substr(at + 2, end - at - 2);
    parts.push_back(Value::of(Value::Kind::environment, std::string(inside.substr(0, inside.find(':'))), line));
    text.remove_prefix(end + 1);
  }
  parts.push_back(Value::literal(std::string(text), line));
  Value out = join(std::move(parts));
  out.line = line;
  return out;
}

}  // namespace

void extract_assignments(std::string_view source, FileFacts& out) {
  each_line(source, [&](std::uint32_t line, std::string_view text, std::uint32_t) {
    text = trim(text);
    if (text.empty() || text.front() == '#' || text.front() == ';') return;
    if (text.starts_with("export ")) text = trim(text.substr(7));
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || !is_name(trim(text.substr(0, equals)))) return;
    Binding binding;
    binding.target = {Name::Kind::environment, out.path, std::string(trim(text.substr(0, equals)))};
    binding.value = assigned(trim(text.substr(equals + 1)), line);
    binding.line = line;
    out.bindings.push_back(std::move(binding));
  });
}

// a: {b: x} as a.b=x; one file may hold several documents.
void extract_properties(std::string_view source, FileFacts& out) {
  if (out.path.ends_with(".properties")) return extract_assignments(source, out);
  std::uint32_t line_offset = 0;
  while (!source.empty()) {
    const std::size_t end = std::min(source.find("\n---"), source.size());
    const std::string_view part = source.substr(0, end);
    const Result<Document> document = read_document(part);
    if (!document) {
      out.failed = true;
      out.why = document.error().message;
      return;
    }
    std::vector<std::pair<std::string, const Document*>> open = {{"", &*document}};
    for (std::size_t i = 0; i < open.size() && open.size() < 65536; ++i) {
      const auto [prefix, at] = open[i];
      for (const auto& [key, member] : at->members)
        open.emplace_back(prefix.empty() ? key : prefix + "." + key, &member);
      if (at->text.empty() || prefix.empty()) continue;
      Binding binding;
      binding.target = {Name::Kind::environment, out.path, prefix};
      binding.line = at->line + line_offset;
      binding.value = assigned(at->text, binding.line);
      out.bindings.push_back(std::move(binding));
    }
    line_offset += static_cast<std::uint32_t>(std::count(part.begin(), part.end(), '\n'));
    if (end == source.size()) return;
    line_offset += 1;
    source.remove_prefix(std::min(end + 4, source.size()));
  }
}

// A RUN line and the lines it is continued on are one piece of shell.
// ENV and ARG with a value are assignments.
void extract_dockerfile(std::string_view source, FileFacts& out) {
  std::string script;
  std::uint32_t script_line = 0, script_offset = 0;
  each_line(source, [&](std::uint32_t line, std::string_view text, std::uint32_t offset) {
    const std::string_view trimmed = trim(text);
    if (script_line == 0) {
      const bool run = trimmed.starts_with("RUN ") || trimmed.starts_with("CMD ") || trimmed.starts_with("ENTRYPOINT ");
      if (trimmed.starts_with("ENV ") || trimmed.starts_with("ARG "))
        return extract_shell(trimmed.substr(4), {out.path, "", line - 1, offset}, out);
      if (!run) return;
      script_line = line;
      script_offset = offset;
      std::string_view rest = trim(trimmed.substr(trimmed.find(' ')));
      while (rest.starts_with("--")) rest = trim(rest.substr(std::min(rest.find(' '), rest.size())));
      // The exec form is a JSON array: its quotes and commas are the words' borders.
      script.assign(rest);
      if (rest.starts_with("["))
        for (char& c : script)
          if (c == '[' || c == ']' || c == ',') c = ' ';
    } else {
      script.append("\n").append(text);
    }
    if (trimmed.ends_with("\\")) return;
    extract_shell(script, {out.path, "", script_line - 1, script_offset}, out);
    script_line = 0;
  });
}

// Recipes are shell in which make has its say first: $(X) is a variable, $$X the shell's own.
void extract_makefile(std::string_view source, FileFacts& out) {
  std::string script;
  each_line(source, [&](std::uint32_t, std::string_view text, std::uint32_t) {
    std::string_view line = text;
    const bool recipe = line.starts_with("\t");
    if (recipe) {
      line = trim(line);
      while (!line.empty() && (line.front() == '@' || line.front() == '-')) line.remove_prefix(1);
    }
    const std::string_view exported = line.starts_with("export ") ? line.substr(7) : line;
    const std::size_t equals = exported.find('=');
    std::string_view name = exported.substr(0, std::min(equals, exported.size()));
    while (!name.empty() && (name.back() == ':' || name.back() == '?' || name.back() == ' ')) name.remove_suffix(1);
    const bool assignment = !recipe && equals != std::string_view::npos && is_name(name);
    const std::string kept = recipe ? std::string(line)
                             : assignment
                                 ? std::string(name) + "=\"" + std::string(trim(exported.substr(equals + 1))) + "\""
                                 : std::string();
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (kept.compare(i, 2, "$$") == 0)
        ++i;
      else if (kept.compare(i, 2, "$(") == 0 && kept.find(')', i) != std::string::npos) {
        const std::size_t end = kept.find(')', i);
        script += "${" + kept.substr(i + 2, end - i - 2) + "}";
        i = end;
        continue;
      }
      script += kept[i];
    }
    script += "\n";
  });
  extract_shell(script, {out.path, "", 0, 0}, out);
}

}  // namespace overreach::purpose
