// What must never happen: a crash on hostile input, or "needs nothing" by accident.
#include <catch2/catch.hpp>
#include <chrono>

#include "detectors/purpose/purpose.h"
#include "rules/catalog/catalog.h"
#include "tests/purpose/fixture.h"

namespace overreach::testing {
namespace {

const Catalog& catalog() {
  static const Catalog all;
  return all;
}

using Files = std::map<std::string, std::string>;

Need infer(Files files, const std::string& provider = "railway", const std::string& name = "RAILWAY_TOKEN") {
  const std::string secret = synthetic_secret(provider);
  files[".env"] += name + "=" + secret + "\n";
  const Token token = make_token(provider, name, secret, files);
  return infer_needs({&token, 1}, catalog(), MemoryCode(files), {}, 2)[0];
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("deeply nested input costs no stack", "[purpose]") {
  constexpr std::size_t kDeep = 100'000;
  struct Row {
    const char* name;
    std::string path, open, close;
  };
  const Row rows[] = {
      {"javascript parentheses", "a.js", "(", ")"},
      {"javascript arrays", "a.js", "[", "]"},
      {"javascript calls", "a.js", "f(", ")"},
      {"javascript members", "a.js", "a.", "b"},
      {"javascript templates", "a.js", "`${", "}`"},
      {"javascript functions", "a.js", "()=>{", "}"},
      {"typescript objects", "a.ts", "x={a:", "1}"},
      {"python lists", "a.py", "[", "]"},
      {"python calls", "a.py", "f(", ")"},
      {"python additions", "a.py", "a+", "b"},
      {"go parentheses", "a.go", "(", ")"},
      {"go calls", "a.go", "f(", ")"},
      {"go selectors", "a.go", "a.", "b"},
      {"go sums", "a.go", "var x = a+", "b"},
      {"go literals", "a.go", "T{a:", "}"},
      {"go functions", "a.go", "func(){", "}"},
      {"ruby calls", "a.rb", "f(", ")"},
      {"ruby blocks", "a.rb", "a.new { |x| x.b = ", "}"},
      {"ruby members", "a.rb", "a.", "b"},
      {"java calls", "A.java", "f(", ")"},
      {"java builders", "A.java", "a.create(", ").create()"},
      {"php calls", "a.php", "<?php f(", ")"},
      {"php arrays", "a.php", "['a' => ", "]"},
      {"terraform lists", "a.tf", "x = [", "]"},
      {"terraform calls", "a.tf", "x = f(", ")"},
      {"terraform blocks", "a.tf", "b \"RAILWAY_TOKEN\" {\n", "}\n"},
      {"terraform templates", "a.tf", "x = \"${", "}\""},
      {"shell subshells", "a.sh", "$(", ")"},
      {"shell lists", "a.sh", "a && ", "b"},
      {"shell quotes", "a.sh", "\"$(", ")\""},
      {"yaml flow", "a.yml", "[", "]"},
      {"yaml maps", "a.yml", "{a: ", "}"},
      {"json", "package.json", "{\"scripts\":", "}"},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      const std::string text = "RAILWAY_TOKEN\n" + repeated(row.open, kDeep) + "x" + repeated(row.close, kDeep) + "\n";
      const Need need = infer({{row.path, text}});
      CHECK(need.grants.empty());
      CHECK(need.files_read + need.files_failed >= 1);
    }
  }
}

TEST_CASE("yaml nested by indentation costs no stack", "[purpose]") {
  std::string text = "# RAILWAY_TOKEN\n";
  for (std::size_t i = 0; i < 1200; ++i) text += std::string(i, ' ') + "a:\n";
  CHECK(infer({{"a.yml", text}}).grants.empty());
}

TEST_CASE("scanners of grammars have room for what they remember", "[purpose]") {
  std::string documents = "A=$RAILWAY_TOKEN\ncat";
  for (int i = 0; i < 84; ++i) documents += " <<AB" + std::to_string(100 + i);
  CHECK(infer({{"a.sh", "A=$RAILWAY_TOKEN\ncat <<" + std::string(1016, 'A') + "\nx\n"}}).grants.empty());
  CHECK(infer({{"a.sh", documents + "\n"}}).grants.empty());
  CHECK(infer({{"a.yml", "# RAILWAY_TOKEN\n" + repeated("- ", 2000) + "x\n"}}).grants.empty());
}

TEST_CASE("a file that is too large is counted and makes the need unknown", "[purpose]") {
  const Need need = infer({{"big.js", "const a = process.env.RAILWAY_TOKEN; /*" + std::string(5'000'000, 'x') + "*/"}});
  CHECK(need.files_failed == 1);
  CHECK(need.confidence == Confidence::unknown);
  REQUIRE(need.unresolved.size() == 1);
  CHECK(need.unresolved[0].path == "big.js");
  CHECK(need.unresolved[0].text.size() <= 160);
}

TEST_CASE("a generated file of 100,000 lines is bounded, and counted when it is too large", "[purpose]") {
  std::string lines = "import os\nKEY = os.environ['RAILWAY_TOKEN']\n";
  for (int i = 0; i < 100'000; ++i) lines += "x" + std::to_string(i) + " = y\n";
  const Need large = infer({{"large.py", lines}});
  CHECK(large.files_failed == 1);
  CHECK(large.confidence == Confidence::unknown);
  lines.resize(std::size_t{1} << 20);  // the most that is parsed
  lines.resize(lines.rfind('\n') + 1);
  const Need most = infer({{"most.py", lines + "railway(KEY)\n"}});
  CHECK(most.grants.empty());
  CHECK(most.confidence == Confidence::unknown);
}

TEST_CASE("bytes that are no text are read as far as they go", "[purpose]") {
  const Need need = infer({{"run.sh", "\xEF\xBB\xBF#!/bin/sh\r\n\xff\xfe\xc3\x28\r\nrailway domain a.example\r\n"}});
  REQUIRE(need.grants.size() == 1);
  CHECK(need.grants[0].capability == "domain.write");
}

TEST_CASE("binary noise in every language ends", "[purpose]") {
  std::string noise = "RAILWAY_TOKEN ";
  unsigned state = 1;
  for (int i = 0; i < 60'000; ++i) {
    state = state * 1103515245u + 12345u;
    noise += static_cast<char>(state >> 16);
  }
  for (const char* path :
       {"a.js", "a.ts", "a.tsx", "a.py", "a.sh", "a.yml", "a.json", "a.go", "Makefile", "Dockerfile"}) {
    INFO(path);
    CHECK(infer({{path, noise}}).grants.empty());
  }
}

TEST_CASE("names that lead in circles end", "[purpose]") {
  const Need need =
      infer({{"a.sh", "A=$RAILWAY_TOKEN\nB=$A\nA=$B\nRAILWAY_TOKEN=$B\nrailway up\n"},
             {"b.js", "let a = process.env.RAILWAY_TOKEN, b = a; a = b; function f(x) { return f(x); } f(a);"}});
  REQUIRE(need.grants.size() == 1);
  CHECK(need.grants[0].capability == "deployment.create");
}

TEST_CASE("a name that is what a call on itself returns ends", "[purpose]") {
  const std::string read = "KEY = os.environ['RAILWAY_TOKEN']\n";
  const Files rows[] = {
      {{"a.py", "import os\n" + read + "node = node.next()\nsend(node.value, KEY)\n"}},
      {{"a.py", "import os\n" + read + "a = b.left()\nb = a.right()\nsend(a.value.x, b.value, KEY)\n"}},
      {{"a.js", "let n = n.next(process.env.RAILWAY_TOKEN);\nwhile (n) { n = n.next(); send(n.key); }\n"}},
      {{"a.go", "package a\nfunc f() { n := n.Next(os.Getenv(\"RAILWAY_TOKEN\")); n = n.Next(); send(n.Key) }\n"}},
      {{"a.rb", "n = n.succ(ENV['RAILWAY_TOKEN'])\nn = n.succ\nput(n.key)\n"}},
      {{"A.java", "class A { void f() { N n = n.next(System.getenv(\"RAILWAY_TOKEN\")); send(n.next().key); } }\n"}},
      {{"a.php", "<?php $n = $n->next(getenv('RAILWAY_TOKEN')); $n = $n->next(); send($n->key);\n"}},
  };
  for (const Files& files : rows) {
    INFO(files.begin()->second);
    CHECK(infer(files).grants.empty());
  }
}

TEST_CASE("wrappers that call each other end", "[purpose]") {
  const Need need = infer(
      {{"a.js",
        "const f = (q) => g(q); const g = (q) => { f(q); return fetch('https://backboard.railway.com/graphql/v2', "
        "{method: 'POST', headers: {Authorization: process.env.RAILWAY_TOKEN}, body: JSON.stringify({query: q})}); };"
        "f('mutation { volumeDelete }');"}});
  REQUIRE(need.grants.size() == 1);
  CHECK(need.grants[0].capability == "volume.destroy");
}

TEST_CASE("many alternatives of many parts stay bounded", "[purpose]") {
  std::string script;
  for (char v = 'A'; v <= 'Z'; ++v)
    for (int i = 0; i < 20; ++i) script += std::string(1, v) + "=v" + std::to_string(i) + "\n";
  script += "railway \"$A$B$C$D$E$F$G$H\" \"$I$J$K\" $L $M $N $O $P $Q $R\n";
  const auto before = std::chrono::steady_clock::now();
  const Need need = infer({{"a.sh", script}});
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(10));
  CHECK(need.confidence == Confidence::unknown);
}

TEST_CASE("without files the purpose is unknown", "[purpose]") {
  const Token token = [] {
    Token t;
    t.id = "x";
    t.provider = "railway";
    t.secret = Secret(synthetic_secret("railway"));
    Site site;
    site.name = "RAILWAY_TOKEN";
    t.sites.push_back(site);
    return t;
  }();
  CHECK(infer_needs({&token, 1}, catalog(), MemoryCode({}), {}, 1)[0].confidence == Confidence::unknown);
}

TEST_CASE("a provider that nobody knows has an unknown purpose", "[purpose]") {
  CHECK(infer({{"a.sh", "echo\n"}}, "no-such-provider", "X_TOKEN").confidence == Confidence::unknown);
}

TEST_CASE("a credential without a name and without a use is unknown, not useless", "[purpose]") {
  const std::string secret = synthetic_secret("railway");
  const Files files = {{"notes.txt", "it is " + secret + "\n"}, {"a.sh", "echo\n"}};
  const Token token = make_token("railway", "", secret, files);
  CHECK(infer_needs({&token, 1}, catalog(), MemoryCode(files), {}, 1)[0].confidence == Confidence::unknown);
}

TEST_CASE("two values under one name lower the confidence of both", "[purpose]") {
  const std::string a = synthetic_secret("railway", 1), b = synthetic_secret("railway", 2);
  const Files files = {
      {".env", "RAILWAY_API_TOKEN=" + a + "\n"},
      {".env.staging", "RAILWAY_API_TOKEN=" + b + "\n"},
      {"x.sh",
       "curl -H \"Authorization: Bearer $RAILWAY_API_TOKEN\" -d '{\"query\":\"mutation { volumeDelete }\"}' "
       "https://backboard.railway.com/graphql/v2\n"}};
  const Token tokens[] = {make_token("railway", "RAILWAY_API_TOKEN", a, files),
                          make_token("railway", "RAILWAY_API_TOKEN", b, files)};
  for (const Need& need : infer_needs(tokens, catalog(), MemoryCode(files), {}, 1)) {
    REQUIRE(need.grants.size() == 1);
    CHECK(need.grants[0].confidence == Confidence::likely);
  }
}

TEST_CASE("a script that loads one of two files uses that one's value", "[purpose]") {
  const std::string a = synthetic_secret("railway", 1), b = synthetic_secret("railway", 2);
  const Files files = {{".env.production", "RAILWAY_TOKEN=" + a + "\n"},
                       {".env.staging", "RAILWAY_TOKEN=" + b + "\n"},
                       {"x.sh", ". ./.env.staging\nrailway up\n"}};
  const Token tokens[] = {make_token("railway", "RAILWAY_TOKEN", a, files),
                          make_token("railway", "RAILWAY_TOKEN", b, files)};
  const auto needs = infer_needs(tokens, catalog(), MemoryCode(files), {}, 1);
  CHECK(needs[0].grants.empty());
  CHECK(needs[1].grants.size() == 1);
}

TEST_CASE("secrets of other tokens are masked as well", "[purpose]") {
  const std::string a = synthetic_secret("railway", 1), b = synthetic_secret("slack", 2);
  const Files files = {{".env", "RAILWAY_TOKEN=" + a + "\n"}, {"x.sh", "railway up --token " + a + " # " + b + "\n"}};
  const Token tokens[] = {make_token("railway", "RAILWAY_TOKEN", a, files),
                          make_token("slack", "SLACK_TOKEN", b, files)};
  for (const Need& need : infer_needs(tokens, catalog(), MemoryCode(files), {}, 1)) {
    std::string all;
    for (const NeededGrant& grant : need.grants)
      for (const Evidence& e : grant.evidence) all += e.text + e.what;
    for (const Evidence& e : need.unresolved) all += e.text + e.what;
    CHECK(all.find(a) == std::string::npos);
    CHECK(all.find(b) == std::string::npos);
  }
}

TEST_CASE("the way from definition to use is told in order", "[purpose]") {
  const Need need = infer({{".github/workflows/d.yml",
                            "on: push\njobs:\n  d:\n    steps:\n      - env: {RAILWAY_TOKEN: '${{ secrets.HOSTING "
                            "}}'}\n        run: railway up\n"}},
                          "railway", "HOSTING");
  REQUIRE(need.grants.size() == 1);
  const auto& way = need.grants[0].evidence;
  REQUIRE(way.size() == 3);
  CHECK(way[0].path == ".env");
  CHECK(way[0].what == "defines HOSTING");
  CHECK(way[1].what == "passes it as RAILWAY_TOKEN");
  CHECK(way[1].line == 5);
  CHECK(way[2].what == "runs railway up (reads RAILWAY_TOKEN by itself)");
  CHECK(way[2].line == 6);
}

}  // namespace overreach::testing
