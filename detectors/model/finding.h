// All that reports and gates see.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/model/need.h"
#include "detectors/model/reach.h"
#include "detectors/model/token.h"

namespace overreach {

enum class Verdict : std::uint8_t {
  fits,           // nothing beyond the need within the upper bound
  dead,           // the provider does not accept it any more
  unknown,        // asked, and no answer: the reason is in the reach
  may_overreach,  // the excess lies between the bounds
  overreach,      // the excess is proven
};
std::string_view to_string(Verdict verdict);

/// Ordered. `note` is never gated on.
enum class Severity : std::uint8_t { note, low, medium, high, critical };
std::string_view to_string(Severity severity);
std::optional<Severity> parse_severity(std::string_view text);

/// One power beyond the need.
struct Excess {
  Grant grant;
  std::string title;  // the capability's title
  Severity severity = Severity::note;
  bool reversible = false;
  bool takes_backups = false;
  std::vector<std::string> why;  // what made it this severe, in words, strongest first
};

/// What a person does about it.
struct Fix {
  std::string summary;             // one sentence
  std::vector<std::string> steps;  // in order
  std::string narrower_kind;       // kind id, empty when there is none
  bool needs_gate = false;         // no kind is narrow enough: only a gate stops the rest
  std::string link;                // where the narrower token is made
};

/// A policy that stops the excess, as written by --gates.
struct GateRef {
  std::string format;                    // "claude-code", "cedar"
  std::string path;                      // where it was written; empty: suggested only
  std::vector<std::string> covers;       // capability ids it denies
  std::vector<std::string> not_covered;  // sentences
};

/// What the uses of a credential say about how it is kept, whatever its reach.
struct Remark {
  enum class Kind : std::uint8_t {
    orphan,                // no code uses it
    shared,                // two environments or two services use it
    crosses_environments,  // it is for production, and only tests or staging use it
    declared_wider,        // its owner declares what no code does
    declared_narrower,     // code does what its owner does not declare
    declaration_expired,   // its owner's word has run out
  };
  Kind kind = Kind::orphan;
  Severity severity = Severity::low;
  std::string text;                // one sentence
  std::string advice;              // one sentence
  std::vector<Evidence> evidence;  // lines that show it; may be empty
};
std::string_view to_string(Remark::Kind kind);

/// The owner's word that a finding is harmless where it stands.
struct Muted {
  std::string by;      // ".overreachignore:3"
  std::string reason;  // in the owner's words
};

struct Finding {
  Token token;
  std::string provider_title;
  Reach reach;
  Need need;
  std::vector<Excess> excess;  // worst first; empty unless the verdict says there is some
  Verdict verdict = Verdict::unknown;
  Severity severity = Severity::note;
  std::string headline;  // one sentence: what it is for, what it can do, in that order
  Fix fix;
  std::vector<GateRef> gates;
  std::vector<Remark> remarks;  // in the order of their kinds
  std::optional<Muted> muted;   // set: the severity is `note`, whatever the verdict
};

}  // namespace overreach
