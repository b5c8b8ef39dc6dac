// overreach-dense KIND BYTES: writes dense input to standard output. For ci/bench/run; not installed.
#include <cstdlib>
#include <iostream>

#include "ci/bench/dense.h"
#include "detectors/identify/identify.h"

int main(int argc, char** argv) try {
  if (argc != 3) throw overreach::UsageError("overreach-dense KIND BYTES");
  const overreach::Catalog catalog("", false, {overreach::checksum_names(), overreach::decoder_names()});
  std::cout << overreach::bench::dense_input(argv[1], std::strtoull(argv[2], nullptr, 10), catalog);
  return std::cout.flush() ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 2;
}
