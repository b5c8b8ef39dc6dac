// What a command, call or step does in the eyes of one provider.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "detectors/purpose/program.h"
#include "rules/catalog/provider.h"

namespace overreach::purpose {

/// One use of something by code; exactly one of the pointers is set.
struct Use {
  std::size_t file = 0;
  const Command* command = nullptr;
  const Call* call = nullptr;
  const Step* step = nullptr;
  std::uint32_t line = 0;
  std::string scope = {};         // environment scope
  std::vector<Name> inputs = {};  // linked names that it takes
};

/// Every use of a program, in the order of files and lines.
std::vector<Use> uses_of(const Program& program);

/// One capability that a use exercises.
struct Hit {
  std::string capability;
  Where where;
  std::string what;      // "runs railway domain"
  bool open = false;     // an unknown word could make it another command
  std::size_t file = 0;  // where to point at: the call site, when a wrapper was looked through
  std::uint32_t line = 0;
  bool wrapped = false;
  std::string operation = {};  // the row of `uses` in its own words: "aws s3 cp", "get_object", "aws_s3_bucket"
};

/// Something that was seen and could not be mapped.
struct Puzzle {
  std::string what;
  std::size_t file = 0;
  std::uint32_t line = 0;
};

struct CodeReading {
  bool concerns = false;          // names the provider: its program, package or host
  bool implicit = false;          // its tool reads the environment by itself when no credential is given
  bool credential_given = false;  // a credential is given by name or value, so nothing is read implicitly
  std::vector<Hit> hits;
  std::vector<Puzzle> puzzles;
  std::vector<Puzzle> if_reached;  // count only when the credential visibly goes there
};

/// Reads one use with a provider's rows. `hosts` are further hosts of the provider (self-hosted).
CodeReading read_use(const Program& program, const Use& use, const Provider& provider,
                     const std::vector<std::string>& hosts);

}  // namespace overreach::purpose
