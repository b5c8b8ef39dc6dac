// Tables are C++ so that the compiler lays them out as constants; bulk bytes come in by
// .incbin, because a compiler takes seconds for an array that the assembler copies.
#include "rules/compiler/embed.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "rules/catalog/pattern_table.h"
#include "scanner/base/hash.h"
#include "scanner/base/result.h"
#include "scanner/match/matcher.h"

namespace overreach {
namespace {

/// Counts up when the same files would be embedded differently.
constexpr std::string_view kFormat = "overreach rules 2\n";

/// A C++ string literal; every byte that is not plain becomes three octal digits.
std::string literal(std::string_view text) {
  constexpr std::string_view kDigits = "01234567";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte < 0x7F && c != '"' && c != '\\' && c != '?') {
      out += c;
      continue;
    }
    out += '\\';
    out += kDigits[byte >> 6U];
    out += kDigits[(byte >> 3U) & 7U];
    out += kDigits[byte & 7U];
  }
  return out + "\"";
}

std::string view(std::string_view text) {
  return "std::string_view(" + literal(text) + ", " + std::to_string(text.size()) + ")";
}

std::string_view name_of(Pattern::Anchor anchor) {
  switch (anchor) {
    case Pattern::Anchor::prefix:
      return "prefix";
    case Pattern::Anchor::inside:
      return "inside";
    case Pattern::Anchor::context:
      break;
  }
  return "context";
}

std::string flag(bool set) { return set ? "true, " : "false, "; }

/// One row for each pattern; `name` tells the tables and their lists apart.
std::string pattern_tables(const std::string& name, std::span<const Pattern> patterns) {
  std::string lists, rows;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const Pattern& pattern = patterns[i];
    const std::string list = pattern.literals.empty() ? "{}" : name + "Literals" + std::to_string(i);
    if (!pattern.literals.empty()) {
      lists += "constexpr std::string_view " + list + "[] = {";
      for (const std::string_view text : pattern.literals) lists += view(text) + ", ";
      lists += "};\n";
    }
    rows += "    {" + view(pattern.id) + ", " + list + ", " + view(pattern.regex) +
            ", Pattern::Anchor::" + std::string(name_of(pattern.anchor)) + ", " + std::to_string(pattern.before) +
            ", " + std::to_string(pattern.after) + ", " + std::to_string(pattern.max_length) + ", " +
            std::to_string(pattern.run) + ", " + flag(pattern.as_written) + flag(pattern.gated) +
            flag(pattern.companion) + std::to_string(pattern.companion_lines) + "},\n";
  }
  return lists + "constexpr std::array<Pattern, " + std::to_string(patterns.size()) + "> " + name + " = {{\n" + rows +
         "}};\n";
}

}  // namespace

std::string embedded_bytes(const std::string& symbol, const std::filesystem::path& file) {
  return "asm(\n  \".pushsection .rodata\\n.balign 16\\n\"\n  \".globl " + symbol + ", " + symbol + "_end\\n\"\n  \"" +
         symbol + ": .incbin \\\"" + file.string() + "\\\"\\n\"\n  \"" + symbol +
         "_end: .byte 0\\n.popsection\\n\");\n" + "extern \"C\" const char " + symbol + "[], " + symbol + "_end[];\n";
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw RuleError(path.string() + ": cannot be written");
}

void embed(std::vector<RuleFile> files, const std::filesystem::path& directory) {
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.provider.id < b.provider.id; });
  std::string blobs, rows;
  PatternTable table, usual(Depth::usual);
  for (const RuleFile& file : files) {
    const std::vector<std::uint8_t> cbor = nlohmann::json::to_cbor(file.document.json);
    rows += "    {" + view(file.provider.id) + ", " + std::to_string(table.patterns().size()) + ", " +
            std::to_string(blobs.size()) + ", " + std::to_string(cbor.size()) + "},\n";
    blobs.append(reinterpret_cast<const char*>(cbor.data()), cbor.size());
    table.add(file.provider);
    usual.add(file.provider);
  }
  write_file(directory / "providers.cbor", blobs);
  write_file(directory / "literals.hsdb", compile_literals(table.patterns()));
  write_file(directory / "usual_literals.hsdb", compile_literals(usual.patterns()));
  const std::string version = hex(sha256(std::string(kFormat) + blobs)).substr(0, 16);

  write_file(directory / "embedded_rules.cc",
             "// Written by overreach-rulec from rules/providers.\n"
             "#include \"rules/catalog/embedded_rules.h\"\n\n#include <array>\n\n" +
                 embedded_bytes("overreach_provider_blobs", directory / "providers.cbor") +
                 embedded_bytes("overreach_literal_database", directory / "literals.hsdb") +
                 embedded_bytes("overreach_usual_literal_database", directory / "usual_literals.hsdb") +
                 "\nnamespace overreach {\nnamespace {\n" + pattern_tables("kPatterns", table.patterns()) +
                 pattern_tables("kUsualPatterns", usual.patterns()) + "constexpr std::array<EmbeddedProvider, " +
                 std::to_string(files.size()) + "> kProviders = {{\n" + rows +
                 "}};\n"
                 "std::string_view between(const char* begin, const char* end) {\n"
                 "  return {begin, static_cast<std::size_t>(end - begin)};\n}\n"
                 "}  // namespace\n\n"
                 "EmbeddedRules embedded_rules() {\n"
                 "  return {kProviders, kPatterns, kUsualPatterns,\n"
                 "          between(overreach_provider_blobs, overreach_provider_blobs_end),\n"
                 "          between(overreach_literal_database, overreach_literal_database_end),\n"
                 "          between(overreach_usual_literal_database, overreach_usual_literal_database_end), " +
                 view(version) + "};\n}\n}  // namespace overreach\n");
}

}  // namespace overreach
