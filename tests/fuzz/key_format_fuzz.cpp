// Any text as an API key: what parses is exactly what would be made of its parts, and what parses is found by the scanner for leaks;
// when the secrets that it found are covered, it finds nothing any more.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "ground/base/encoding.hpp"
#include "services/keys/key_format.hpp"
#include "services/keys/leak.hpp"

using namespace gatehouse;

namespace {
void must(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto shape = keys::parse_key(text)) {
    const std::string head =
        "ghk_" + std::string(to_text(shape->environment)) + "_" + std::string(shape->id.text()) + "_" + std::string(text.substr(22, 43));
    must(head + encoding::to_base62(encoding::crc32(head), 6) == text);
    const auto found = keys::find_key(text);
    must(found && found->at == 0 && found->size == text.size() && found->whole && found->id == shape->id);
  }
  // The same bytes as the head of a key: the checksum put right makes a key exactly if the head has the form of one.
  if (size >= 65) {
    const std::string head(text.substr(0, 65));
    const bool shaped = keys::find_key(head + std::string(6, '0')).value_or(keys::FoundKey{1, 0, {}, false}).at == 0;
    const auto repaired = keys::parse_key(head + encoding::to_base62(encoding::crc32(head), 6));
    must(!repaired || shaped);
  }
  std::string covered(text);
  for (auto found = keys::find_key(text); found; found = keys::find_key(text, found->at + found->size)) {
    must(found->at + found->size <= size && found->size <= keys::key_size);
    covered.replace(found->at + 22, found->size - 22, found->size - 22, '*');
  }
  must(keys::find_key(text).has_value() == (covered != text));
  must(!keys::find_key(covered));
  return 0;
}
