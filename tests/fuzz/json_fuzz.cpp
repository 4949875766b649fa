// JSON: the parser and the grammar's second opinion agree, print-parse-print is the same text, and any bytes written as a string stay one
// line that reads back.
#include <cstdint>
#include <string>

#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"
#include "ground/json/document.hpp"
#include "ground/json/fault_offset.hpp"
#include "ground/json/writer.hpp"

namespace {
using namespace gatehouse;

void parse_and_print(std::string_view text) {
  const auto document = json::parse(text, {.bytes = 1U << 20U, .depth = 64, .members = 10'000, .string_bytes = 1U << 16U});
  const auto fault = json::fault_offset(text);
  if (!document) {
    const auto& told = document.error().told;
    // Grammatical and still refused: a limit, a name twice, or a number out of range.
    GH_ASSERT(fault || document.error().fault == Fault::exhausted || told.contains("twice") || told.contains("range"));
    GH_ASSERT(!fault || *fault <= text.size());
    return;
  }
  GH_ASSERT(!fault);
  const auto once = to_json(document->root());
  GH_ASSERT(once.find('\n') == once.npos);
  const auto again = json::parse(once, {.bytes = 8U << 20U, .depth = 64, .members = 10'000, .string_bytes = 1U << 16U});
  GH_ASSERT(again.has_value() && to_json(again->root()) == once);
}

void write_as_string(std::string_view bytes) {
  std::string out;
  json::append_string(out, bytes);
  for (const char c : out) GH_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  const auto read = json::parse(out, {.bytes = 8U << 20U, .string_bytes = 8U << 20U});
  GH_ASSERT(read.has_value() && read->root().is_string());
  if (text::is_utf8(bytes)) GH_ASSERT(read->root().string() == bytes);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  parse_and_print(text);
  write_as_string(text);
  return 0;
}
