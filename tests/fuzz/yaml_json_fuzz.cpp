// YAML: any bytes are read in bounded time or refused at a place of the text; reading twice is reading once; and what was read, written as JSON, is the
// same again for the YAML reader (JSON is YAML) and for the JSON parser.
#include <algorithm>
#include <cstdint>
#include <string>

#include "ground/base/assert.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "ground/yaml/yaml.hpp"

namespace {
using namespace gatehouse;

/// A name before a `:` has at most 1,024 characters in YAML (section 7.4.2); what is escaped takes six.
bool has_long_name(const json::Value& value) {
  for (const auto& [name, member] : value.members())
    if (name.size() > 150 || has_long_name(member)) return true;
  for (const auto& element : value.elements())
    if (has_long_name(element)) return true;
  return false;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const yaml::Limits limits{.bytes = 1U << 20U, .depth = 60, .nodes = 20'000, .string_bytes = 1U << 16U};
  const auto tree = yaml::read(text, limits);
  if (!tree) {
    const auto& slip = tree.error();
    GH_ASSERT(!slip.what.empty() && slip.column >= 1 && slip.line >= 1);
    GH_ASSERT(slip.line <= static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1);
    return 0;
  }
  const auto once = to_json(tree->root());
  const auto twice = yaml::read(text, limits);
  GH_ASSERT(twice.has_value() && to_json(twice->root()) == once);
  const auto parsed = json::parse(once, {.bytes = 64U << 20U, .depth = 64});
  GH_ASSERT(parsed.has_value() && to_json(parsed->root()) == once);
  if (has_long_name(tree->root())) return 0;
  const auto again = yaml::read(once, {.bytes = 64U << 20U, .depth = 60, .nodes = 20'000});
  GH_ASSERT(again.has_value() && to_json(again->root()) == once);
  return 0;
}
