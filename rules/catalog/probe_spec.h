// The read-only conversation with a provider, as data. detectors/probe/README.md documents every field.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace overreach {

/// A test on an answer. All members that are given must hold; with none given it always holds.
struct AnswerTest {
  std::vector<int> status;          // one of these; empty: any that is neither 3xx, 429 nor 5xx
  std::string at;                   // JSON pointer; without `is` and `begins`: there is a value, and it is not null
  std::vector<std::string> is;      // the value at `at`, as text, is one of these
  std::vector<std::string> begins;  // ... or begins with one of these
  std::vector<std::string> error;   // an error message of the answer contains one of these, caseless
  std::string empty;                // JSON pointer to a list that is there and has no elements
};

/// A kind id that an answer proves.
struct KindProof {
  std::string kind;
  AnswerTest test;
};

/// Where an answer names scopes, roles or permissions.
struct ScopeSource {
  std::string header;               // in this header, or
  std::string at;                   // at this JSON pointer (`*` allowed); an object gives "key:value"
  std::string keys;                 // scopes are the keys of the table at `at`; its values: where, in this dimension
  std::string separator;            // splits one text into several; empty: not split
  std::string prefix;               // put in front: "role:" makes "role:write"
  std::vector<std::string> ignore;  // not powers; "ui.*": all that begin so
  AnswerTest only;                  // elements (or the answer) that fail this test name nothing
  std::string each;                 // `at` and `where` are read inside each element of this list
  std::map<std::string, std::string> where;  // dimension -> template: the scopes hold there only
};

/// Where an answer says how long the token lives.
struct ExpirySource {
  std::string at;  // JSON pointer, or
  std::string header;
  std::string form = "date";  // date (ISO, or "2027-01-31 10:00:00 UTC") · epoch (seconds or ms) · seconds (from now)
  std::string absent;         // what it means when the value is missing or null: "never", or empty for unknown
};

/// Resources in an answer.
struct ResourceSource {
  std::string type;  // "volume"
  std::string each;  // JSON pointer with `*` to the elements; empty: the answer itself
  std::string id;    // pointers below are inside the element
  std::string name;
  std::string place;                        // dimension of Where that this resource is, named by its name or id
  std::map<std::string, std::string> in;    // further dimensions -> template
  std::map<std::string, std::string> keep;  // variable -> pointer, for later steps: {volume.instance}
  AnswerTest only;                          // elements that fail this test are left out
  std::optional<AnswerTest> unless;         // elements that pass this test are left out
  bool boundary = false;                    // the token acts inside these resources and nowhere else
  bool hidden = false;                      // only a place and variables; not reported
  std::vector<ResourceSource> inside;       // resources nested in the element
};

/// How a long list goes on.
struct Pages {
  std::string more;      // pointer to a boolean; empty: while there is a cursor
  std::string cursor;    // pointer to the next cursor
  std::string variable;  // GraphQL variable, or query parameter of a GET, that takes it
  bool link = false;     // instead: the URL with rel="next" in the `link` header, same host only
  unsigned limit = 5;    // pages at most; what is cut off is said
};

/// A sentence for the reader.
struct NoteSource {
  AnswerTest test;
  std::string say;  // template
};

enum class ProbeMethod { get, graphql, post };

/// One request, and what its answer means.
struct ProbeStep {
  std::string id;
  ProbeMethod method = ProbeMethod::get;
  std::string target;                             // path below the endpoint, or an https URL; templates allowed
  std::string query;                              // graphql: one operation, a query, with one root field
  std::map<std::string, std::string> variables;   // graphql: templates
  std::string body;                               // post: template
  std::string content_type = "application/json";  // post: of the body
  std::string reason;                             // post: why it is a read
  std::string secret_in_path;                     // get: why {secret} stands in the path; empty: it does not
  std::map<std::string, std::string> headers;     // templates; besides those of the spec; none:
                                                  // those of the step that first proved the token alive

  // --- when it is asked
  std::vector<std::string> tokens;          // only tokens that can be one of these kinds; empty: all
  std::optional<bool> if_alive;             // only when the token has (not yet) been proven alive
  std::vector<std::string> if_kind;         // only when the proven kind is one of these; "unknown": none is
  std::string for_each;                     // once for each resource of this type
  std::map<std::string, std::string> only;  // ... whose variable has this value
  unsigned limit = 0;                       // ... at most so many; 0: all

  // --- what the answer means
  std::vector<AnswerTest> alive;    // any one of them
  std::vector<AnswerTest> dead;     // the token is not accepted; after a proof of life: refused here
  std::vector<AnswerTest> refused;  // accepted, but not allowed to ask this
  std::vector<KindProof> kinds;     // first that holds
  std::string kind_if_refused;      // alive by an earlier step and refused here

  // --- what is in it
  std::vector<std::string> identity;  // templates; the first that can be filled
  std::optional<ExpirySource> expires;
  std::vector<ScopeSource> scopes;
  std::vector<std::string> shows;  // an alive answer proves these scopes
  std::vector<ResourceSource> resources;
  std::optional<Pages> pages;
  std::vector<NoteSource> notes;
};

/// Where a host that was found beside the token goes.
struct SelfHosted {
  std::string companion;  // role, such as "host"
  std::string endpoint;   // template: "https://{companion.host}/api/v3"
  bool tenants = false;   // hosts that an entry "*." of the provider's covers are customers': each is asked at itself
};

/// What to ask. No steps, no native function and no database: this provider cannot be asked.
struct ProbeSpec {
  std::string endpoint;  // "https://api.example.com"
  std::optional<SelfHosted> self_hosted;
  std::string native;                          // function in detectors/probe/native, instead of steps
  std::vector<std::string> native_tokens;      // `tokens` of a native probe
  std::string database;                        // function in detectors/probe/database, instead of all else
  unsigned port = 0;                           // of the database, where the credential names none
  std::map<std::string, std::string> headers;  // sent with every step; templates
  std::vector<std::string> messages;           // pointers to error messages; empty: the usual places
  std::map<std::string, std::string> places;   // resource type -> listed type that it lies in; "everywhere"
  std::vector<ProbeStep> steps;
  bool empty() const { return steps.empty() && native.empty() && database.empty(); }
};

/// Reads the `probe` member of a provider file that has passed the schema. Throws RuleError
/// for what a schema cannot say: a GraphQL document that is not a pure query, a credential
/// in a URL, an endpoint without https, a POST without its reason.
ProbeSpec probe_from_json(const nlohmann::json& json);

/// User and password of a Basic header, as templates.
struct BasicPair {
  std::string user, password;
};

/// The pair in a header "Basic USER:PASSWORD", which is encoded when it is sent; nothing when `header` is no such pair.
std::optional<BasicPair> basic_pair(const std::string& header);

/// Throws RuleError when the probe would call a host that is not among `hosts`.
void check_probe_hosts(const ProbeSpec& spec, const std::vector<std::string>& hosts);

/// True when one of `hosts` is `host`, or is "*.x" and `host` is one label below x. Caseless.
bool host_matches(const std::vector<std::string>& hosts, const std::string& host);

/// The host of an absolute URL in lower case, without user, port and path; empty if there is none.
std::string host_of(const std::string& url);

/// Placeholders of a template: "a {b} {c.d}" -> b, c.d. Braces around anything else are text.
std::vector<std::string> placeholders(const std::string& text);

}  // namespace overreach
