// A byte's class is the AND of two tables of 16 entries, one for each of its halves ("nibbles"): that is one
// shuffle instruction for 32 bytes. Each bit stands for a rectangle of the ASCII table; Langdale and Lemire,
// "Parsing gigabytes of JSON per second", 2019, section 3.1.1.
#include "scanner/match/decode/classes.h"

#include <algorithm>
#include <array>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace overreach {
namespace {

enum Rectangle : std::uint8_t {
  digits = 1,         // 30-39
  early = 2,          // 41-4F, 61-6F
  late = 4,           // 50-5A, 70-7A
  marks = 8,          // + - /
  underscore = 16,    // 5F
  backslash = 32,     // 5C
  percent_sign = 64,  // 25
  dot = 128           // 2E
};
constexpr std::uint8_t kPlain = digits | early | late;
constexpr std::uint8_t kWord = kPlain | marks | underscore;
constexpr std::uint8_t kToken = kWord | percent_sign | dot;
constexpr std::uint8_t kEscape = backslash | percent_sign;

constexpr std::array<std::uint8_t, 16> kLow = [] {
  std::array<std::uint8_t, 16> out{};
  for (unsigned i = 0; i < 16; ++i) {
    unsigned bits = 0;
    if (i <= 9) bits |= digits;
    if (i >= 1) bits |= early;
    if (i <= 10) bits |= late;
    if (i == 0xb || i == 0xd || i == 0xf) bits |= marks;
    if (i == 0xf) bits |= underscore;
    if (i == 0xc) bits |= backslash;
    if (i == 5) bits |= percent_sign;
    if (i == 0xe) bits |= dot;
    out[i] = static_cast<std::uint8_t>(bits);
  }
  return out;
}();
constexpr std::array<std::uint8_t, 16> kHigh = {
    0, 0, marks | percent_sign | dot, digits, early, late | underscore | backslash, early, late, 0, 0, 0, 0, 0, 0,
    0, 0};

constexpr std::array<std::uint8_t, 256> kClass = [] {
  std::array<std::uint8_t, 256> out{};
  for (unsigned c = 0; c < 256; ++c) out[c] = kLow[c & 15U] & kHigh[c >> 4U];
  return out;
}();

#if defined(__x86_64__)
__attribute__((target("avx2"))) inline std::uint64_t zero_bytes(__m256i bytes) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256())));
}

/// The two marks of credentials that share no rectangle with the others.
__attribute__((target("avx2"))) inline std::uint64_t loose_marks(__m256i bytes) {
  const __m256i marks =
      _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('=')), _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('~')));
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(marks));
}

__attribute__((target("avx2"))) void classify_avx2(const char* bytes, std::size_t blocks, ClassMask* out) {
  const __m256i low_table = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(kLow.data())));
  const __m256i high_table =
      _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(kHigh.data())));
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i plain = _mm256_set1_epi8(static_cast<char>(kPlain));
  const __m256i word = _mm256_set1_epi8(static_cast<char>(kWord));
  const __m256i token = _mm256_set1_epi8(static_cast<char>(kToken));
  const __m256i escape = _mm256_set1_epi8(static_cast<char>(kEscape));
  for (std::size_t i = 0; i < blocks; ++i) {
    std::uint64_t no_plain = 0, no_word = 0, no_token = 0, no_escape = 0, loose = 0, brace = 0, nul = 0;
    for (unsigned half = 0; half < 2; ++half) {
      const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + i * kMaskBytes + half * 32));
      // The shuffle gives 0 for an index with its high bit set, which is what a byte beyond ASCII should get.
      const __m256i low = _mm256_shuffle_epi8(low_table, text);
      const __m256i high = _mm256_shuffle_epi8(high_table, _mm256_and_si256(_mm256_srli_epi16(text, 4), nibble));
      const __m256i both = _mm256_and_si256(low, high);
      no_plain |= zero_bytes(_mm256_and_si256(both, plain)) << (half * 32);
      no_word |= zero_bytes(_mm256_and_si256(both, word)) << (half * 32);
      no_token |= zero_bytes(_mm256_and_si256(both, token)) << (half * 32);
      no_escape |= zero_bytes(_mm256_and_si256(both, escape)) << (half * 32);
      loose |= loose_marks(text) << (half * 32);
      brace |= zero_bytes(_mm256_xor_si256(text, _mm256_set1_epi8('{'))) << (half * 32);
      nul |= zero_bytes(text) << (half * 32);
    }
    out[i] = {~no_plain, ~no_word, ~no_token | loose, brace, ~no_escape, nul};
  }
}

/// 64 bytes at a time, and each comparison is a mask at once.
__attribute__((target("avx512f,avx512bw"))) void classify_avx512(const char* bytes, std::size_t blocks,
                                                                 ClassMask* out) {
  const __m512i low_table =
      _mm512_maskz_broadcast_i32x4(0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(kLow.data())));
  const __m512i high_table =
      _mm512_maskz_broadcast_i32x4(0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(kHigh.data())));
  const __m512i nibble = _mm512_set1_epi8(15);
  const __m512i plain = _mm512_set1_epi8(static_cast<char>(kPlain));
  const __m512i word = _mm512_set1_epi8(static_cast<char>(kWord));
  const __m512i token = _mm512_set1_epi8(static_cast<char>(kToken));
  const __m512i equals = _mm512_set1_epi8('=');
  const __m512i tilde = _mm512_set1_epi8('~');
  const __m512i brace = _mm512_set1_epi8('{');
  const __m512i escape = _mm512_set1_epi8(static_cast<char>(kEscape));
  for (std::size_t i = 0; i < blocks; ++i) {
    const __m512i text = _mm512_loadu_si512(bytes + i * kMaskBytes);
    const __m512i low = _mm512_shuffle_epi8(low_table, text);
    const __m512i high = _mm512_shuffle_epi8(high_table, _mm512_and_si512(_mm512_srli_epi16(text, 4), nibble));
    const __m512i both = _mm512_and_si512(low, high);
    out[i] = {
        _mm512_test_epi8_mask(both, plain),
        _mm512_test_epi8_mask(both, word),
        _mm512_test_epi8_mask(both, token) | _mm512_cmpeq_epi8_mask(text, equals) | _mm512_cmpeq_epi8_mask(text, tilde),
        _mm512_cmpeq_epi8_mask(text, brace),
        _mm512_test_epi8_mask(both, escape),
        _mm512_testn_epi8_mask(text, text)};
  }
}

#endif

void classify_plainly(std::string_view bytes, ClassMask* out) {
  for (std::size_t at = 0; at < bytes.size(); at += kMaskBytes, ++out) {
    *out = {};
    const std::size_t count = std::min(kMaskBytes, bytes.size() - at);
    for (std::size_t i = 0; i < count; ++i) {
      const auto c = static_cast<unsigned char>(bytes[at + i]);
      out->plain |= std::uint64_t{(kClass[c] & kPlain) != 0} << i;
      out->word |= std::uint64_t{(kClass[c] & kWord) != 0} << i;
      out->token |= std::uint64_t{(kClass[c] & kToken) != 0 || c == '=' || c == '~'} << i;
      out->brace |= std::uint64_t{c == '{'} << i;
      out->escape |= std::uint64_t{(kClass[c] & kEscape) != 0} << i;
      out->nul |= std::uint64_t{c == 0} << i;
    }
  }
}

}  // namespace

Vectors best_vectors() {
#if defined(__x86_64__)
  static const Vectors best = __builtin_cpu_supports("avx512bw") != 0 ? Vectors::avx512
                              : __builtin_cpu_supports("avx2") != 0   ? Vectors::avx2
                                                                      : Vectors::none;
  return best;
#else
  return Vectors::none;
#endif
}

void classify(std::string_view bytes, ClassMask* out, Vectors with) {
#if defined(__x86_64__)
  if (with != Vectors::none) {
    const auto fast = with == Vectors::avx512 ? classify_avx512 : classify_avx2;
    const std::size_t blocks = bytes.size() / kMaskBytes;
    fast(bytes.data(), blocks, out);
    bytes.remove_prefix(blocks * kMaskBytes);
    if (bytes.empty()) return;
    std::array<char, kMaskBytes> rest{};
    std::copy(bytes.begin(), bytes.end(), rest.begin());
    fast(rest.data(), 1, out + blocks);
    out[blocks].nul &= (std::uint64_t{1} << bytes.size()) - 1;
    return;
  }
#endif
  classify_plainly(bytes, out);
}

}  // namespace overreach
