// From bytes to facts: one function per language.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/purpose/facts.h"

namespace overreach::purpose {

/// Where a piece of code stands: files hold other languages (`run:` holds shell).
struct Place {
  std::string scope;              // environment scope of the code
  std::string environment;        // CI `environment:`, when literal
  std::uint32_t line_offset = 0;  // added to every line
  std::uint32_t offset = 0;       // added to every byte offset, so that two snippets never share one
};

/// Each reads `source` and appends to `out`. They never throw; what cannot be parsed sets
/// `out.failed` and `out.why`. Depth of evaluation is bounded, so that hostile nesting costs
/// memory of the heap and never the stack.
void extract_ecmascript(std::string_view source, std::string_view language, const Place& place, FileFacts& out);
void extract_python(std::string_view source, const Place& place, FileFacts& out);
void extract_go(std::string_view source, const Place& place, FileFacts& out);
void extract_ruby(std::string_view source, const Place& place, FileFacts& out);
void extract_java(std::string_view source, const Place& place, FileFacts& out);
void extract_php(std::string_view source, const Place& place, FileFacts& out);
void extract_terraform(std::string_view source, const Place& place, FileFacts& out);
void extract_shell(std::string_view source, const Place& place, FileFacts& out);
void extract_yaml(std::string_view source, FileFacts& out);
/// dotenv, .ini, .properties: NAME=value lines.
void extract_assignments(std::string_view source, FileFacts& out);
/// Spring's application.yml and application.properties: keys that code reads by their dotted names.
void extract_properties(std::string_view source, FileFacts& out);
/// Shell inside line-oriented files: Dockerfile RUN lines, Makefile recipes.
void extract_dockerfile(std::string_view source, FileFacts& out);
void extract_makefile(std::string_view source, FileFacts& out);

/// "bash", "javascript", "typescript", "tsx", "python", "go", "ruby", "java", "php", "terraform", "properties", "yaml",
/// "dotenv", "dockerfile", "makefile"; "data" for text that holds no code; otherwise the name of a language that is not
/// read yet with a leading '!' ("!rust"), so that it is counted and never taken for "no use".
std::string language_of(std::string_view path, std::string_view first_bytes);

/// Languages whose classes are found by their names, whatever file they lie in: Ruby, Java, PHP.
bool is_found_by_name(std::string_view language);

/// All facts of one file, names resolved to their lexical scopes.
FileFacts extract(const std::string& path, std::string_view source);

/// Gives every name its scope. extract() has done it; for tests of one language.
void resolve_scopes(FileFacts& facts);

/// What the functions at the top level of a file return is what a call of them stands for, when it is a thing that was
/// made: a client, a name. What a request answers is none. For languages where any function may return anything.
struct Returned {
  std::uint32_t offset = 0;  // of the value, inside its function
  Value value;
};
void bind_returns(FileFacts& facts, std::vector<Returned> returned);

/// C-style escapes of a string literal's inside.
std::string unescape(std::string_view text);

constexpr unsigned kEvaluationDepth = 48;

/// A call that reads a variable of the environment by a literal name: `getenv("X")`, `required("X")`.
bool reads_environment(std::string_view callee, std::string_view argument);

}  // namespace overreach::purpose
