#include "tests/support/pack_writer.h"

#include <libdeflate.h>

#include <filesystem>
#include <fstream>

#include "scanner/base/handle.h"
#include "scanner/base/hash.h"
#include "tests/support/process.h"

namespace overreach::testing {
namespace {

constexpr std::uint64_t kHeader = 12;
constexpr unsigned kBlob = 3, kOfsDelta = 6;

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>((value >> static_cast<unsigned>(shift)) & 0xffU);
  return out;
}

std::string compressed(std::string_view bytes) {
  const Handle<libdeflate_compressor, libdeflate_free_compressor> compressor(libdeflate_alloc_compressor(1));
  std::string out(libdeflate_zlib_compress_bound(compressor.get(), bytes.size()), '\0');
  out.resize(libdeflate_zlib_compress(compressor.get(), bytes.data(), bytes.size(), out.data(), out.size()));
  return out;
}

/// Seven bits a byte, the lowest first: sizes in a delta.
std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>(0x80U | (value & 0x7fU));
  return out + static_cast<char>(value);
}

/// How far back the base lies: the highest bits first, each continuation one more.
std::string distance(std::uint64_t value) {
  std::string out(1, static_cast<char>(value & 0x7fU));
  while ((value >>= 7U) != 0) {
    --value;
    out.insert(out.begin(), static_cast<char>(0x80U | (value & 0x7fU)));
  }
  return out;
}

std::string copy(std::uint64_t from, std::uint64_t size) {
  std::string arguments;
  unsigned instruction = 0x80;
  for (unsigned i = 0; i < 4; ++i)
    if (const auto byte = static_cast<char>(from >> (8 * i)); byte != 0) {
      arguments += byte;
      instruction |= 1U << i;
    }
  for (unsigned i = 0; i < 3; ++i)
    if (const auto byte = static_cast<char>(size >> (8 * i)); byte != 0) {
      arguments += byte;
      instruction |= 0x10U << i;
    }
  return static_cast<char>(instruction) + arguments;
}

std::string insert(std::string_view bytes) {
  constexpr std::size_t kMost = 127;
  std::string out;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kMost, bytes.size()))) {
    const std::string_view part = bytes.substr(0, kMost);
    out += static_cast<char>(part.size());
    out += part;
  }
  return out;
}

}  // namespace

void PackWriter::append(unsigned type, std::string_view before_data, std::string_view data) {
  std::uint64_t size = data.size();
  auto first = static_cast<unsigned>((type << 4U) | (size & 0x0fU));
  size >>= 4U;
  std::string header;
  for (; size != 0; size >>= 7U) {
    header += static_cast<char>(first | 0x80U);
    first = static_cast<unsigned>(size & 0x7fU);
  }
  entries_ += header + static_cast<char>(first);
  entries_ += before_data;
  entries_ += compressed(data);
}

std::size_t PackWriter::add(std::string bytes) {
  const std::uint64_t offset = kHeader + entries_.size();
  append(kBlob, "", bytes);
  blobs_.push_back({std::move(bytes), offset});
  return blobs_.size() - 1;
}

std::size_t PackWriter::derive(std::size_t base, const std::vector<Step>& steps) {
  std::string result, instructions;
  for (const Step& step : steps) {
    instructions += step.size > 0 ? copy(step.from, step.size) : insert(step.bytes);
    result += step.size > 0 ? blobs_[base].bytes.substr(step.from, step.size) : step.bytes;
  }
  const std::uint64_t offset = kHeader + entries_.size();
  append(kOfsDelta, distance(offset - blobs_[base].offset),
         varint(blobs_[base].bytes.size()) + varint(result.size()) + instructions);
  blobs_.push_back({std::move(result), offset});
  return blobs_.size() - 1;
}

void PackWriter::write(const std::string& repository) const {
  const std::string body = "PACK" + big_endian(2) + big_endian(static_cast<std::uint32_t>(blobs_.size())) + entries_;
  const auto digest = sha1(body, "");
  const std::string directory = repository + "/.git/objects/pack/";
  const std::string file = directory + "pack-" + hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
  std::filesystem::create_directories(directory);
  std::ofstream(file + ".pack", std::ios::binary)
      << body << std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size());
  git(repository, {"index-pack", file + ".pack"});
}

}  // namespace overreach::testing
