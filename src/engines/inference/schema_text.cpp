#include "engines/inference/schema_text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace gatehouse::inference {

namespace schemas {
namespace {

constexpr std::uint8_t exact_order = 16;                           // up to 10^15: every reader of numbers keeps them apart (RFC 8259 section 6)
constexpr std::uint8_t length_order_min = 3, items_order_min = 3;  // before they are doubled
// An object of which hardly any member comes twice is a map, whatever its names look like.
constexpr std::uint64_t map_objects_min = 20;
constexpr std::size_t map_members_min = 12;

void write(YamlText& out, const Shape& shape, Written written);

/// The smallest power of ten with room for ten times what was seen, at least 100; empty: there is no bound.
std::string bound_of(std::uint8_t order) {
  constexpr std::uint8_t least = 3, most = 18;
  if (order >= most) return {};
  return '1' + std::string(std::max<std::size_t>(order, least - 1U), '0');
}

void write_numbers(YamlText& out, const Magnitude& magnitude, bool grows = false) {
  if (magnitude.below == 0) out.raw("minimum", magnitude.zero || magnitude.above == 0 ? "0" : "1");
  else if (const auto bound = bound_of(magnitude.below); !bound.empty()) out.raw("minimum", '-' + bound);
  if (grows) out.raw("maximum", "9007199254740991");
  else if (const auto bound = magnitude.above == 0 ? "100" : bound_of(magnitude.above); !bound.empty()) out.raw("maximum", bound, "guess");
}

std::uint64_t doubled(std::uint8_t order, std::uint8_t least) { return std::uint64_t{2} << std::max(order, least); }

void write_words(YamlText& out, const Shape& shape, bool nullable) {
  std::string list = "[";
  for (const auto& [text, word] : shape.vocabulary.words) list += (list.size() > 1 ? ", " : "") + yaml_word(text);
  out.raw("enum", list + (nullable ? ", null]" : "]"), "guess");
}

/// `only`: the value is nothing but a string, or null.
void write_string(YamlText& out, const Shape& shape, bool only) {
  if (only && is_enumeration(shape)) return write_words(out, shape, shape.nulls > 0);
  for (Looks one = 1; one <= looks_uri; one = static_cast<Looks>(one * 2U))
    if ((shape.looks & one) != 0) {
      out.text("format", format_name(one), "guess");
      break;
    }
  if (!shape.empty) out.number("minLength", 1);
  if (shape.length < Shape::unbounded) out.number("maxLength", doubled(shape.length, length_order_min), "guess");
}

bool is_map(const Shape& shape) {
  if (shape.map) return true;
  if (shape.members.size() < map_members_min || shape.objects < map_objects_min) return false;
  return std::ranges::all_of(shape.members, [&](const auto& member) { return member.second.seen * 4 <= shape.objects; });
}

void write_object(YamlText& out, const Shape& shape, Written written) {
  const bool map = is_map(shape);
  Shape others;
  bool any_other = false;
  for (const auto& value : shape.values) others.merge(*value), any_other = true;
  if (map)
    for (const auto& [name, member] : shape.members) others.merge(*member.shape), any_other = true;
  if (!map) {
    std::vector<std::string> required;
    for (const auto& [name, member] : shape.members)
      if (member.seen == shape.objects) required.push_back(name);
    if (!required.empty()) out.words("required", required);
    if (!shape.members.empty()) {
      out.open("properties");
      for (const auto& [name, member] : shape.members) {
        const bool rare = shape.objects >= 100 && member.seen * 100 <= shape.objects;
        out.open(name, rare ? "rare: " + std::to_string(member.seen) + " of " + std::to_string(shape.objects) : std::string{});
        write(out, *member.shape, written);
        out.close();
      }
      out.close();
    }
  }
  if (!any_other) {
    out.raw("additionalProperties", "false");
    return;
  }
  out.open("additionalProperties", "names that vary");
  write(out, others, written);
  out.close();
}

/// A value that came as text, and once.
void write_text(YamlText& out, const Shape& shape, Written written) {
  if (shape.strings == 0 && (shape.booleans == 0 || shape.integers + shape.numbers == 0)) {
    if (shape.booleans > 0) {
      out.text("type", "boolean");
    } else {
      out.text("type", shape.numbers > 0 ? "number" : "integer");
      write_numbers(out, shape.magnitude, written == Written::segment && shape.magnitude.above <= exact_order);
    }
    return;
  }
  out.text("type", "string");
  write_string(out, shape, true);
}

void write(YamlText& out, const Shape& shape, Written written) {
  if (written != Written::json && shape.objects == 0) {
    if (shape.repeated == 0) return write_text(out, shape, written);
    out.text("type", "array").open("items");
    write_text(out, shape, written);
    out.close().number("maxItems", doubled(shape.items_length, items_order_min), "guess");
    return;
  }
  std::vector<std::string> types;
  const auto add = [&](std::uint64_t seen, std::string_view type) {
    if (seen > 0) types.emplace_back(type);
  };
  add(shape.booleans, "boolean");
  add(shape.numbers == 0 ? shape.integers : 0, "integer");
  add(shape.numbers, "number");
  add(shape.strings, "string");
  add(shape.arrays, "array");
  add(shape.objects, "object");
  // What is too deep, or was never anything but null, may be anything.
  if (shape.deep > 0 || types.empty()) {
    out.raw("description", yaml_word(shape.deep > 0 ? "too deep to be looked into: anything" : "only null was seen: anything"));
    return;
  }
  const bool only_strings = types.size() == 1 && shape.strings > 0;
  add(shape.nulls, "null");
  if (types.size() == 1) out.text("type", types.front());
  else out.words("type", types);
  if (shape.integers + shape.numbers > 0) write_numbers(out, shape.magnitude);
  if (shape.strings > 0) write_string(out, shape, only_strings);
  if (shape.arrays > 0) {
    if (shape.items.empty()) {
      out.raw("items", "{}", "it was always empty");
    } else {
      out.open("items");
      write(out, *shape.items.front(), Written::json);
      out.close();
    }
    if (shape.items_length < Shape::unbounded) out.number("maxItems", doubled(shape.items_length, items_order_min), "guess");
  }
  if (shape.objects > 0) write_object(out, shape, written);
}

}  // namespace
}  // namespace schemas

bool is_enumeration(const Shape& shape) {
  const auto& words = shape.vocabulary.words;
  if (shape.vocabulary.any || words.size() < 2) return false;
  std::uint64_t all = 0;
  for (const auto& [text, word] : words) {
    if (word.seen < enum_word_seen_min || word.callers.count() < enum_word_callers_min) return false;
    all += word.seen;
  }
  return all >= enum_seen_min * words.size();
}

void write_schema(YamlText& out, std::string_view name, const Shape& shape, Written written) {
  out.open(name);
  schemas::write(out, shape, written);
  out.close();
}

}  // namespace gatehouse::inference
