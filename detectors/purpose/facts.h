// What one file says: the neutral facts that every language is reduced to.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/purpose/value.h"

namespace overreach::purpose {

/// `target` gets `value`: an assignment, an export, an `env:` entry.
struct Binding {
  Name target;  // for locals of a program: text only, the scope comes from `offset`
  Value value;
  std::uint32_t line = 0;
  std::uint32_t offset = 0;
  bool declares = true;  // false: `x = …` of a name that is declared elsewhere
  bool outer = false;    // variables in `value` are those of the scope round the target's
  bool field = false;    // `Type.field` or `Type.method`: says nothing about the type as a whole
};

/// One command line.
struct Command {
  std::vector<Value> words;
  std::vector<std::pair<std::string, Value>> assigns;  // variables set for this command only
  std::vector<Value> input;                            // heredoc, here-string, what is piped in
  std::string scope;                                   // environment scope it runs in
  std::string environment;                             // CI `environment:`, when literal
  std::uint32_t line = 0;
  std::uint32_t offset = 0;
};

/// A call in a program.
struct Call {
  Value value;
  std::uint32_t line = 0;
  std::uint32_t offset = 0;
  std::string then = {};  // the method called on what it returns, where the language file tells
};

/// A step of a CI job that runs somebody's action, or a container that runs an image.
struct Step {
  std::string uses;           // "acme/deploy", without the version
  bool image = false;         // a container image, or a module of somebody else, instead of an action
  std::string resource = {};  // Terraform: "acme_record" is made, with the provider's configuration and attributes
  bool data = false;          // Terraform: it is only read
  std::vector<std::pair<std::string, Value>> with;
  std::string scope;
  std::string environment;
  std::uint32_t line = 0;
};

/// A parameter: argument number `index` of a call, or `member` of that argument.
struct Parameter {
  std::string name;
  unsigned index = 0;
  std::string member;     // `function f({query})`: "query"
  std::string type = {};  // where the language says it: "Config", "config.Config"; fields are looked up there
};

/// A function or class of a program, so that what its callers pass can be followed.
struct Function {
  std::string name;                  // "" for an anonymous one
  std::string owner;                 // class it belongs to, for a method
  std::vector<Parameter> params;     // without `self`
  std::uint32_t begin = 0, end = 0;  // bytes
};

/// `local` stands for `name` of `module`; an empty name is the module itself.
struct Import {
  std::string local;
  std::string module;
  std::string name;
  bool relative = false;
};

/// Code in `from` hands its environment to `to` (a file, or a directory ending in '/').
struct Handover {
  std::string from;  // environment scope
  std::string to;    // path of a file as written, or directory
  std::uint32_t line = 0;
  bool loads = false;  // the other way round: `from` reads the variables that `to` defines
};

/// Everything one file says.
struct FileFacts {
  std::string path;
  std::string language;  // "bash", "python", ...; empty: not a language that is read
  bool failed = false;   // could not be parsed within the bounds
  std::string why;       // why not
  std::vector<Binding> bindings;
  std::vector<Command> commands;
  std::vector<Call> calls;
  std::vector<Step> steps;
  std::vector<Function> functions;
  std::vector<Function> classes;
  std::vector<Import> imports;
  std::vector<Handover> handovers;
  std::map<std::string, std::string> parents;  // environment scope -> the one it inherits from
  std::vector<std::string> closed;             // environment scopes that see nothing from outside
};

}  // namespace overreach::purpose
