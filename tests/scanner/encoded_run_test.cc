// Encoded and packed credentials through the program: in a tree and in a history, and nothing leaks in any form.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "rules/catalog/catalog.h"
#include "rules/catalog/sample.h"
#include "tests/support/archives.h"
#include "tests/support/encode.h"
#include "tests/support/leaks.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using namespace overreach;
using namespace overreach::testing;
using Json = nlohmann::json;

namespace {

/// A value that a rule without a checksum finds, another one for each seed.
std::string token(std::uint64_t seed) {
  static const Catalog catalog;
  for (std::uint32_t i = 0; i < catalog.patterns().size(); ++i)
    if (catalog.patterns()[i].id == "digitalocean/personal-token") return generate(catalog.rule(i), seed).secret;
  throw std::runtime_error("the rule is gone");
}

struct Place {
  std::string path;
  unsigned line = 0, column = 0;
  std::string via;      // "base64, gzip"
  std::string encoded;  // what stands at the place in the file; empty: not asked
};

/// A file for each way in which a credential can hide; all hide the same one.
struct Hiding {
  std::map<std::string, std::string> files;
  std::vector<Place> places;

  void add(const std::string& name, const std::string& before, const std::string& encoded, const std::string& via) {
    files[name] = before + encoded + "\n";
    const auto line = static_cast<unsigned>(std::count(before.begin(), before.end(), '\n') + 1);
    const std::size_t begin = before.rfind('\n') == std::string::npos ? 0 : before.rfind('\n') + 1;
    places.push_back({name, line, static_cast<unsigned>(before.size() - begin + 1), via, encoded});
  }
};

Hiding hide(const std::string& secret) {
  Hiding out;
  out.add("plain.env", "# a\nTOKEN=", secret, "");
  out.add("base64.yaml", "data:\n  token: ", base64(secret).substr(0, base64(secret).find('=')), "base64");
  out.add("hex.txt", "key ", hex_of(secret), "hex");
  out.add("url.txt", "curl https://x.example/?t=", percent_of(secret), "percent");
  out.add("unicode.json", "{\"a\": 1, \"t\": \"", unicode_of(secret), "escapes");
  const std::string nested = base64(base64(archive_of("raw", "gzip", {{"data", "{\"t\": \"" + secret + "\"}"}})));
  out.add("helm.yaml", "kind: Secret\nrelease: ", nested, "base64, base64, gzip");
  const std::string text = "A=1\nTOKEN=" + secret + "\n";
  out.files["utf16.txt"] = wide(text, 2);
  out.files["backup.zip"] = archive_of("zip", "", {{"conf/.env", text}});
  out.files["all.tar.zst"] = archive_of("ustar", "zstd", {{"in.jar", archive_of("zip", "", {{"a.properties", text}})}});
  out.files["app.log.gz"] = archive_of("raw", "gzip", {{"data", "first\n" + text}});
  out.files["data.db"] =
      database_of("CREATE TABLE users(id, api_token); INSERT INTO users VALUES (1, '" + secret + "');");
  out.files["work.ipynb"] = R"({"cells": [{"cell_type": "code", "source": ["import x\n", "t = \")" + secret +
                            R"(\""]}], "nbformat": 4, "nbformat_minor": 5})";
  out.places.push_back({"utf16.txt", 2, 7, "", ""});
  out.places.push_back({"backup.zip!/conf/.env", 2, 7, "", ""});
  out.places.push_back({"all.tar.zst!/in.jar!/a.properties", 2, 7, "", ""});
  out.places.push_back({"app.log.gz!/app.log", 3, 7, "", ""});
  out.places.push_back({"data.db!/users", 1, 16, "", ""});
  out.places.push_back({"work.ipynb!/cell-1", 2, 6, "", ""});
  return out;
}

std::string via_of(const Json& site) {
  std::string out;
  if (!site.contains("via")) return out;
  for (const Json& how : site["via"]) out += (out.empty() ? "" : ", ") + how.get<std::string>();
  return out;
}

void check_places(const Json& report, const Hiding& hiding) {
  REQUIRE(report["findings"].size() == 1);  // one credential, however it is written
  const Json& sites = report["findings"][0]["sites"];
  for (const Place& place : hiding.places) {
    INFO(place.path << " in " << sites.dump(1));
    const auto it = std::find_if(sites.begin(), sites.end(), [&](const Json& s) { return s["path"] == place.path; });
    REQUIRE(it != sites.end());
    CHECK((*it)["line"] == place.line);
    CHECK((*it)["column"] == place.column);
    CHECK(via_of(*it) == place.via);
    if (!place.encoded.empty() && place.via.find(',') == std::string::npos)
      CHECK((*it)["end_column"] == place.column + place.encoded.size());
  }
  CHECK(sites.size() == hiding.places.size());
}

/// The secret in no form, and no longer part of an encoded one.
void check_silent(const Outcome& run, const std::string& secret, const Hiding& hiding) {
  for (const std::string& text : {run.out, run.err}) {
    CHECK(leaks_of(secret, text).empty());
    for (const Place& place : hiding.places)
      if (place.encoded.size() > 12) CHECK(text.find(place.encoded.substr(6, 12)) == std::string::npos);
  }
}

Outcome overreach_scan(const TempDir& at, std::vector<std::string> options) {
  std::vector<std::string> argv = {OVERREACH_BINARY, "scan"};
  argv.insert(argv.end(), options.begin(), options.end());
  return run_process(argv, at.path());
}

}  // namespace

TEST_CASE("a credential is found in a tree however it is encoded or packed", "[encoded][run]") {
  const TempDir tree;
  const std::string secret = token(1);
  const Hiding hiding = hide(secret);
  for (const auto& [name, content] : hiding.files) tree.write(name, content);
  const Outcome run = overreach_scan(tree, {"--json", "-"});
  INFO(run.err);
  CHECK(run.exit_code != 3);
  const Json report = Json::parse(run.out);
  check_places(report, hiding);
  CHECK(report["scanned"]["skipped"].empty());  // what was opened is not called binary
  check_silent(run, secret, hiding);
  for (const std::vector<std::string>& format :
       {std::vector<std::string>{"--sarif", "-"}, {"--verbose"}, {"--color=never"}})
    check_silent(overreach_scan(tree, format), secret, hiding);
}

TEST_CASE("a credential is found in a history however it is encoded or packed", "[encoded][run]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  const std::string secret = token(2);
  const Hiding hiding = hide(secret);
  for (const auto& [name, content] : hiding.files) repo.write(name, content);
  git(repo.path(), {"add", "-A"});
  git(repo.path(), {"commit", "-qm", "all"});
  for (const auto& [name, content] : hiding.files) std::filesystem::remove(repo.path() / name);
  repo.write("README", "empty\n");
  git(repo.path(), {"add", "-A"}, 1);
  git(repo.path(), {"commit", "-qm", "removed"}, 1);
  git(repo.path(), {"gc", "-q", "--aggressive"});
  const Outcome run = overreach_scan(repo, {"--history", "--no-cache", "--json", "-"});
  INFO(run.err);
  CHECK(run.exit_code != 3);
  // An object has no name when it is opened, so neither has the one file in it.
  Hiding unnamed = hiding;
  for (Place& place : unnamed.places)
    if (place.path == "app.log.gz!/app.log") place.path = "app.log.gz!/content";
  check_places(Json::parse(run.out), unnamed);
  check_silent(run, secret, hiding);
}

TEST_CASE("versions of a file with an encoded credential are each found, along their deltas", "[encoded][run]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  const std::string secret = token(3);
  std::string text = "kind: Secret\n";
  for (int i = 0; i < 300; ++i) text += "line " + std::to_string(i) + " of a longer file, so that git stores deltas\n";
  for (int version = 0; version < 6; ++version) {
    repo.write("a.yaml", "version: " + std::to_string(version) + "\n" + text +
                             (version < 2 ? "" : "token: " + base64(secret) + "\n") +
                             "end: " + std::to_string(version));
    git(repo.path(), {"add", "-A"}, version);
    git(repo.path(), {"commit", "-qm", "version"}, version);
  }
  git(repo.path(), {"gc", "-q", "--aggressive"});
  const Json report = Json::parse(overreach_scan(repo, {"--history", "--no-cache", "--json", "-"}).out);
  REQUIRE(report["findings"].size() == 1);
  std::size_t in_history = 0;
  for (const Json& site : report["findings"][0]["sites"]) {
    CHECK(site["line"] == 303);
    CHECK(via_of(site) == "base64");
    in_history += site["source"] == "history" ? 1U : 0U;
  }
  CHECK(in_history == 4);
}

TEST_CASE("a damaged archive makes the scan incomplete, and the rest is scanned", "[encoded][run]") {
  const TempDir tree;
  const std::string secret = token(4);
  const std::string zip = archive_of("zip", "", {{"a.txt", std::string(4000, 'a') + secret}});
  tree.write("broken.zip", zip.substr(0, zip.size() / 3));
  tree.write("with\x1b[31m.zip", archive_of("zip", "", {{"../\x1b]0;x\x07.env", "TOKEN=" + secret + "\n"}}));
  const Outcome run = overreach_scan(tree, {"--json", "-", "--fail-on", "never"});
  CHECK(run.exit_code == 3);
  const Json report = Json::parse(run.out);
  CHECK(report["findings"].size() == 1);
  bool named = false;
  for (const Json& skipped : report["scanned"]["skipped"])
    named = named || (skipped["path"].get<std::string>().starts_with("broken.zip") && skipped["incomplete"] == true);
  CHECK(named);
  CHECK(run.out.find('\x1b') == std::string::npos);
  CHECK(overreach_scan(tree, {"--color=never"}).out.find('\x1b') == std::string::npos);
}

TEST_CASE("bytes of a picture are searched for distinctive shapes, also encoded ones", "[encoded][run]") {
  const TempDir tree;
  const std::string secret = token(5);
  tree.write("picture.bin", std::string("\x89PNG\0\0\0\1", 8) + wide("x " + secret + " y", 2) + std::string(30, '\0'));
  const Json report = Json::parse(overreach_scan(tree, {"--json", "-"}).out);
  REQUIRE(report["findings"].size() == 1);
  CHECK(via_of(report["findings"][0]["sites"][0]) == "UTF-16");
  CHECK(report["scanned"]["skipped"].size() == 1);
}
