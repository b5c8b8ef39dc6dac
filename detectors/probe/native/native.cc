#include "detectors/probe/native/native.h"

#include <algorithm>
#include <iterator>

namespace overreach {
namespace {

// A visible table: statics that register themselves are dropped from static libraries.
constexpr NativeEntry kNative[] = {
    {"aws-sts", probe_aws, "POST / Action=GetCallerIdentity"},
};

}  // namespace

const NativeEntry* native_probe(std::string_view name) {
  const auto* it = std::find_if(std::begin(kNative), std::end(kNative), [&](const auto& e) { return e.name == name; });
  return it == std::end(kNative) ? nullptr : it;
}

}  // namespace overreach
