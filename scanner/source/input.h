// Standard input.
#pragma once

#include <string>

#include "scanner/source/source.h"

namespace overreach {

/// All of a descriptor, as one blob named `label`; more than 64 MiB in windows.
class InputSource : public Source {
 public:
  explicit InputSource(int descriptor = 0, std::string label = "stdin");
  void read(const Sink& sink, unsigned workers, Tally& tally) override;

 private:
  int descriptor_;
  std::string label_;
};

}  // namespace overreach
