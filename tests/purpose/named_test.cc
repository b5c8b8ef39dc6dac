// Credentials that code only names.
#include <catch2/catch.hpp>

#include "detectors/purpose/purpose.h"
#include "rules/catalog/catalog.h"
#include "tests/purpose/fixture.h"

namespace overreach::testing {
namespace {

using Files = std::map<std::string, std::string>;

/// "stripe STRIPE_KEY", "aws (by itself)".
std::vector<std::string> named(const Files& files) {
  static const Catalog catalog;
  std::vector<std::string> out;
  const NamedCredentials all = named_credentials(catalog, MemoryCode(files), 1);
  CHECK(all.complete);
  for (const NamedCredential& one : all.list) {
    std::string text = one.provider;
    for (const std::string& name : one.names) text += " " + name;
    out.push_back(one.ambient ? one.provider + " (by itself)" : text);
  }
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a variable that goes to a client is a credential", "[purpose]") {
  CHECK(named({{"a.ts",
                "import Stripe from 'stripe';\nconst s = new Stripe(process.env.PAY_KEY!);\n"
                "s.refunds.create({charge: process.env.CHARGE_NAME});\n"}}) == Names{"stripe PAY_KEY"});
}

TEST_CASE("a key and its secret are one credential", "[purpose]") {
  CHECK(named({{"a.ts",
                "import { S3Client, ListBucketsCommand } from '@aws-sdk/client-s3';\n"
                "const s3 = new S3Client({credentials: {accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: "
                "process.env.AWS_SECRET_ACCESS_KEY}});\ns3.send(new ListBucketsCommand({}));\n"}}) ==
        Names{"aws AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"});
}

TEST_CASE("a secret of CI is followed to the tool that reads its variable", "[purpose]") {
  const Names found =
      named({{".github/workflows/x.yml",
              "on: push\njobs:\n  x:\n    runs-on: u\n    steps:\n      - run: railway up\n        env:\n"
              "          RAILWAY_TOKEN: ${{ secrets.HOSTING }}\n"}});
  CHECK(std::find(found.begin(), found.end(), "railway HOSTING") != found.end());
}

TEST_CASE("a library that is given nothing finds its credential by itself", "[purpose]") {
  CHECK(named({{"a.py", "import boto3\nboto3.client('s3').list_buckets()\n"}}) == Names{"aws (by itself)"});
}

TEST_CASE("variables that hold no credential are none", "[purpose]") {
  CHECK(named({{"a.ts",
                "import Stripe from 'stripe';\nconst s = new Stripe(process.env.PAY_KEY);\n"
                "s.webhooks.constructEvent('', '', process.env.STRIPE_WEBHOOK_SECRET);\n"
                "s.checkout.sessions.create({customer: process.env.CUSTOMER_ID});\n"}}) == Names{"stripe PAY_KEY"});
  CHECK(named({{"a.ts", "console.log(process.env.API_KEY)\n"}}) == Names{});
  CHECK(named({}) == Names{});
}

TEST_CASE("declarations that speak of nothing are stale", "[purpose]") {
  Token token;
  token.id = "0123456789abcdef";
  Need need;
  need.names = {"STRIPE_KEY"};
  std::vector<Declaration> declared(3);
  declared[0].credential = "STRIPE_KEY";
  declared[1].credential = "0123456789abcdef";
  declared[2].credential = "GONE";
  const auto stale = stale_declarations(declared, {&token, 1}, {&need, 1});
  REQUIRE(stale.size() == 1);
  CHECK(stale[0].credential == "GONE");
  CHECK(stale_declarations(declared, {}, {}).size() == 3);
}

}  // namespace overreach::testing
