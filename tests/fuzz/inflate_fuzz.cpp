// Coded bodies: the first byte is the coding, the rest the stream. What is accepted keeps the limits, and neither a part of it nor more than it is accepted, too.
#include <cstdint>
#include <string>

#include "ground/base/assert.hpp"
#include "ground/coding/inflate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  if (size == 0) return 0;
  const auto coding = data[0] % 2 == 0 ? coding::Coding::gzip : coding::Coding::deflate;
  const std::string_view coded(reinterpret_cast<const char*>(data) + 1, size - 1);
  const coding::Limits limits{.bytes = 100'000, .ratio = 50, .free_bytes = 1000};
  const auto out = coding::inflate(coding, coded, limits);
  if (!out) {
    GH_ASSERT(out.error().told.starts_with("must be "));
    return 0;
  }
  GH_ASSERT(out->size() <= limits.bytes && out->size() <= std::max(limits.free_bytes, coded.size() * limits.ratio));
  GH_ASSERT(!coding::inflate(coding, std::string(coded) + '\0', limits));
  GH_ASSERT(!coding::inflate(coding, coded.substr(0, coded.size() - 1), limits));
  GH_ASSERT(!coding::inflate(coding, coded.substr(0, coded.size() / 2), limits));
  const auto again = coding::inflate(coding, coded, {.bytes = out->size(), .ratio = 1, .free_bytes = out->size()});
  GH_ASSERT(again.has_value() && *again == *out);
  return 0;
}
