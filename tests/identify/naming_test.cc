#include <catch2/catch.hpp>

#include "detectors/identify/lines.h"
#include "detectors/identify/naming.h"

namespace overreach {
namespace {

/// The name of `SECRET` in `text`.
std::string name_in(std::string_view text) {
  const std::size_t at = text.find("SECRET!");
  Reading reading;
  reading.secret = {at, at + 7};
  std::vector<Reading> readings = {reading};
  locate(text, readings);
  return assigned_name(text, readings.front());
}

TEST_CASE("a credential is called what it is assigned to", "[identify][naming]") {
  struct Row {
    const char* name;
    const char* text;
    const char* expected;
  };
  const Row rows[] = {
      {"dotenv", "API_TOKEN=SECRET!", "API_TOKEN"},
      {"dotenv, quoted", "API_TOKEN=\"SECRET!\"", "API_TOKEN"},
      {"export", "export API_TOKEN='SECRET!'", "API_TOKEN"},
      {"before a command", "API_TOKEN=SECRET! acme deploy", "API_TOKEN"},
      {"second on the line", "A=1 API_TOKEN=SECRET!", "API_TOKEN"},
      {"yaml", "  api-token: SECRET!", "api-token"},
      {"json", "{\"apiToken\": \"SECRET!\"}", "apiToken"},
      {"json inside a string", "\"{\\\"apiToken\\\": \\\"SECRET!\\\"}\"", "apiToken"},
      {"javascript", "const apiToken = 'SECRET!';", "apiToken"},
      {"typescript", "const apiToken: string = 'SECRET!';", "apiToken"},
      {"fallback", "const t = process.env.API_TOKEN || 'SECRET!';", "API_TOKEN"},
      {"nullish fallback", "const t = process.env.API_TOKEN ?? \"SECRET!\"", "API_TOKEN"},
      {"python fallback", "t = os.environ.get('API_TOKEN', 'SECRET!')", "API_TOKEN"},
      {"python subscript", "os.environ['API_TOKEN'] = 'SECRET!'", "API_TOKEN"},
      {"python annotation", "api_token: str = 'SECRET!'", "api_token"},
      {"keyword argument", "Client(api_key='SECRET!')", "api_key"},
      {"wrapped", "api_token = Secret('SECRET!')", "api_token"},
      {"attribute", "self.api_token = 'SECRET!'", "api_token"},
      {"go", "apiToken := \"SECRET!\"", "apiToken"},
      {"ruby and php", "'api_token' => 'SECRET!'", "api_token"},
      {"php variable", "$apiToken = 'SECRET!'", "apiToken"},
      {"shell default", "${API_TOKEN:-SECRET!}", "API_TOKEN"},
      {"header", "Authorization: Bearer SECRET!", "Authorization"},
      {"header in curl", "curl -H \"X-Api-Key: SECRET!\" https://x", "X-Api-Key"},
      {"flag", "acme --api-token SECRET!", "api-token"},
      {"flag with equals sign", "acme --api-token=SECRET!", "api-token"},
      {"dockerfile", "ENV API_TOKEN SECRET!", "API_TOKEN"},
      {"netrc", "machine api.acme.example password SECRET!", "password"},
      {"npmrc", "//registry.acme.example/:_authToken=SECRET!", "_authToken"},
      {"properties", "spring.datasource.password=SECRET!", "password"},
      {"xml element", "<password>SECRET!</password>", "password"},
      {"xml attribute", "<add key=\"ApiToken\" value=\"SECRET!\" />", "ApiToken"},
      {"kubernetes", "- name: API_TOKEN\n  value: \"SECRET!\"", "API_TOKEN"},
      {"inside a url", "DATABASE_URL=postgres://app:SECRET!@db/x", "DATABASE_URL"},
      {"inside a jdbc url", "url: \"jdbc:postgresql://db/x?password=SECRET!\"", "url"},
      {"no name", "SECRET!", ""},
      {"prose", "use SECRET! please", ""},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(name_in(row.text) == row.expected);
    }
}

}  // namespace
}  // namespace overreach
