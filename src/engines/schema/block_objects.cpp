// Words about objects. What they say of single members becomes one table and is judged in one pass.
#include <algorithm>
#include <map>

#include "engines/schema/block_writer.hpp"
#include "engines/schema/schema.hpp"

namespace gatehouse::schema {

namespace {
constexpr std::uint8_t direction_bit(Direction direction) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(direction)); }
constexpr std::uint8_t all_directions = 7;
constexpr int reference_chain_max = 16;
constexpr int schemas_of_property_max = 64;  // looked at for `readOnly`, behind references and in `allOf`
}  // namespace

std::uint8_t BlockWriter::forbidden_directions(json::Value property) {
  int left = schemas_of_property_max;
  return forbidden_directions(property, at_.resource, left);
}

std::uint8_t BlockWriter::forbidden_directions(json::Value property, ResourceId resource, int& left) {
  for (int hop = 0; hop < reference_chain_max && property.is_object() && --left >= 0; ++hop) {
    const auto is_set = [&](std::string_view name) {
      const auto value = property.get(name);
      return value && value->boolean() == true;
    };
    const bool alone = rules().reference_stands_alone();
    const auto reference = property.string("$ref");
    if (!alone || !reference) {
      if (is_set("readOnly")) return direction_bit(Direction::request);
      if (is_set("writeOnly")) return direction_bit(Direction::response);
      // In 3.0 a reference with a word beside it is written as `allOf: [{$ref: ...}]`.
      if (const auto all = property.get("allOf"); all && all->is_array()) {
        for (const auto part : all->elements())
          if (const auto forbidden = forbidden_directions(part, resource, left); forbidden != 0) return forbidden;
      }
    }
    if (!reference) return 0;
    const auto target = shop_.resolve(resource, *reference);
    if (!target) return 0;  // the reference itself is compiled too, and says what is wrong with it
    property = target->value;
    resource = target->resource;
  }
  return 0;
}

Result<> BlockWriter::write_dependencies(Keyword keyword, std::vector<Dependency>& out) {
  const auto value = word(keyword);
  if (!value) return {};
  if (!value->is_object()) return wrong(keyword, "must be an object");
  for (const auto [name, member] : value->members()) {
    const auto place = shop_.places().child(place_of(keyword), name);
    Dependency dependency{.name = shop_.places().text(name), .place = place};
    const bool names = keyword == Keyword::dependent_required || (keyword == Keyword::dependencies && member.is_array());
    if (names) {
      const auto list = TRY(texts(member, place));
      dependency.required = list.first;
      dependency.required_count = list.count;
    } else {
      dependency.block = TRY(block(member, place));
    }
    out.push_back(dependency);
  }
  return {};
}

Result<> BlockWriter::write_objects() {
  CHECK_OK(write_bounds(Op::member_count, Keyword::min_properties, Keyword::max_properties));
  ObjectTable table;
  std::optional<Keyword> speaks;
  std::vector<Slot> slots;
  std::map<std::string_view, std::size_t> by_name;
  if (const auto properties = word(Keyword::properties); properties && properties->is_object()) {
    for (const auto [name, member] : properties->members()) {
      by_name.emplace(name, slots.size());
      slots.push_back(slot_of(shop_.places(), program(), name));
    }
  }
  const auto slot = [&](std::string_view name) -> Slot& {
    const auto [at, fresh] = by_name.try_emplace(name, slots.size());
    if (fresh) slots.push_back(slot_of(shop_.places(), program(), name));
    return slots[at->second];
  };
  if (const auto required = word(Keyword::required)) {
    const auto list = TRY(texts(*required, place_of(Keyword::required)));
    for (const auto name : required->elements()) slot(name.string().value_or("")).required = all_directions;
    table.required_names = list.first;
    table.required_name_count = list.count;
    table.required_place = place_of(Keyword::required);
    speaks = Keyword::required;
  }
  if (const auto additional = word(Keyword::additional_properties)) {
    table.additional = TRY(block(Keyword::additional_properties));
    table.additional_forbidden = forbidden_directions(*additional);
    table.additional_place = place_of(Keyword::additional_properties);
    speaks = Keyword::additional_properties;
  }
  if (const auto patterns = word(Keyword::pattern_properties)) {
    if (!patterns->is_object()) return wrong(Keyword::pattern_properties, "must be an object");
    std::vector<NamePattern> list;
    for (const auto [source, member] : patterns->members()) {
      const auto place = shop_.places().child(place_of(Keyword::pattern_properties), source);
      const auto pattern = TRY(shop_.pattern(place, source));
      const auto id = TRY(block(member, place));
      list.push_back({pattern, id, forbidden_directions(member)});
    }
    table.name_patterns = static_cast<std::uint32_t>(program().name_patterns.size());
    table.name_pattern_count = static_cast<std::uint32_t>(list.size());
    program().name_patterns.insert(program().name_patterns.end(), list.begin(), list.end());
    speaks = Keyword::pattern_properties;
  }
  if (const auto properties = word(Keyword::properties)) {
    if (!properties->is_object()) return wrong(Keyword::properties, "must be an object");
    for (const auto [name, member] : properties->members()) {
      const auto id = TRY(block(member, shop_.places().child(place_of(Keyword::properties), name)));
      auto& entry = slot(name);
      entry.block = id;
      entry.forbidden = forbidden_directions(member);
      entry.required &= static_cast<std::uint8_t>(~entry.forbidden);
    }
    speaks = Keyword::properties;
  }
  if (speaks) {
    for (std::size_t i = 0; i < slots.size(); ++i) slots[i].order = static_cast<std::uint16_t>(std::min<std::size_t>(i, 0xFFFF));
    const auto made = make_slots(program(), slots);
    table.slots = made.first;
    table.mask = made.mask;
    table.order = static_cast<std::uint32_t>(program().slots.size());
    table.name_count = static_cast<std::uint32_t>(std::min<std::size_t>(slots.size(), 0xFFFF));
    program().slots.insert(program().slots.end(), slots.begin(), slots.begin() + table.name_count);
    for (std::size_t direction = 0; direction < 3; ++direction)
      table.required[direction] =
          static_cast<std::uint32_t>(std::ranges::count_if(slots, [&](const Slot& s) { return (s.required >> direction & 1U) != 0; }));
    program().objects.push_back(table);
    emit(Op::object, *speaks, static_cast<std::uint32_t>(program().objects.size() - 1));
  }
  if (word(Keyword::property_names)) emit(Op::property_names, Keyword::property_names, TRY(block(Keyword::property_names)));
  std::vector<Dependency> dependencies;
  std::optional<Keyword> depends;
  for (const auto keyword : {Keyword::dependencies, Keyword::dependent_required, Keyword::dependent_schemas}) {
    CHECK_OK(write_dependencies(keyword, dependencies));
    if (word(keyword)) depends = keyword;
  }
  if (!dependencies.empty()) {
    emit(Op::dependencies, depends.value_or(Keyword::dependencies), static_cast<std::uint32_t>(program().dependencies.size()),
         static_cast<std::uint32_t>(dependencies.size()));
    program().dependencies.insert(program().dependencies.end(), dependencies.begin(), dependencies.end());
  }
  return {};
}

}  // namespace gatehouse::schema
