// Reasons to drop a candidate.
#pragma once

#include <string_view>

#include "detectors/identify/reading.h"

namespace overreach {

enum class Rejection : std::uint8_t {
  none,
  identifier,   // a `not_near` word names it
  placeholder,  // a template, a documented example or a value nobody would use
  entropy,      // less random than the rule asks for
  words,        // what should be random reads as words: an identifier of code
  checksum,     // the check that the provider puts into the token fails
};

/// The first filter that rejects the reading. Needs Reading::at.
Rejection rejection(std::string_view bytes, const Reading& reading);

/// True when a word of the rule's `not_near` is what the value is called: `project_id` matches
/// `projectId: "`, `PROJECT-ID=` and `project.id `. `left` is the text of the same line just
/// left of the value. A word that begins with `-` is a flag and matched as it is written.
bool named_by(const std::vector<std::string>& not_near, std::string_view left);

/// Shannon entropy in bits per character (byte).
double entropy(std::string_view text);

/// True for names such as `billing-service-token` and `getAccessToken`: letters alone, in words of four letters and
/// more on average. Of 20 random letters in both cases less than one in a hundred reads so; most values have digits.
bool reads_as_words(std::string_view value);

/// A credential, or a name beside one, such as a user.
enum class Stands { alone, beside };

/// True for values that stand where a credential goes and are none. `known` is the number of
/// leading bytes that every such token has; `before` and `after` are the neighbours' text.
/// A name may be a word that is no password.
bool is_placeholder(std::string_view value, std::size_t known, std::string_view before, std::string_view after,
                    Stands as = Stands::alone);

}  // namespace overreach
