// A text as a structured field of each kind: what is read must be printed, and the print must read as the same value and print as itself.
#include <cstdint>
#include <string_view>

#include "ground/base/assert.hpp"
#include "ground/http/structured_field.hpp"

namespace {
template <class Value>
void check(std::string_view text, gatehouse::Result<Value> (*parse)(std::string_view)) {
  const auto value = parse(text);
  if (!value) return;
  const auto printed = serialise(*value);
  GH_ASSERT(printed.has_value());
  const auto again = parse(*printed);
  GH_ASSERT(again && *again == *value);
  GH_ASSERT(*serialise(*again) == *printed);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace sf = gatehouse::http::structured;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check<sf::Item>(text, sf::parse_item);
  check<sf::List>(text, sf::parse_list);
  check<sf::Dictionary>(text, sf::parse_dictionary);
  return 0;
}
