// OpenAPI's `discriminator` (3.1.1 section 4.8.25): a member of the value names the alternative that it wants to be. Names are those of `mapping`, and
// of each alternative the last segment of its reference.
#include <map>

#include "engines/schema/block_writer.hpp"
#include "engines/schema/uri_reference.hpp"

namespace gatehouse::schema {

namespace {
/// `#/components/schemas/Cat` names itself Cat.
std::string implicit_name(std::string_view reference) {
  const auto decoded = percent_decoded(reference);
  return decoded.substr(decoded.rfind('/') + 1);
}

/// A mapping may give the name of a component instead of a reference.
bool is_component_name(std::string_view text) { return text.find_first_of("/#.") == text.npos; }
}  // namespace

Result<bool> BlockWriter::write_discriminator(Keyword keyword, const List& alternatives) {
  const auto described = word(Keyword::discriminator);
  if (!shop_.options().discriminators || !described) return false;
  const auto member = described->string("propertyName");
  if (!member) return wrong(Keyword::discriminator, "must have a propertyName, which is a string");
  const auto idle = [&](std::string_view why) {
    shop_.notice(Notice::Kind::idle_discriminator, place_of(Keyword::discriminator), std::string(why));
    return false;
  };
  std::map<const void*, BlockId> by_target;
  std::map<std::string, BlockId> by_name;
  std::uint32_t index = 0;
  for (const auto alternative : value_of(keyword).elements()) {
    const auto reference = alternative.string("$ref");
    if (!reference) return idle("an alternative is no reference and has no name: the discriminator chooses nothing");
    const auto block = program().lists[alternatives.first + index++];
    const auto target = TRY(shop_.resolve(at_.resource, *reference));
    by_target.emplace(target.value.identity(), block);
    by_name.emplace(implicit_name(*reference), block);
  }
  if (const auto mapping = described->get("mapping")) {
    const auto place = shop_.places().child(place_of(Keyword::discriminator), "mapping");
    for (const auto [name, value] : mapping->members()) {
      const auto own_place = shop_.places().child(place, name);
      const auto reference = value.string();
      if (!reference) return shop_.error(own_place, "must be a reference or the name of a schema");
      const auto target =
          shop_.resolve(at_.resource, is_component_name(*reference) ? "#/components/schemas/" + std::string(*reference) : std::string(*reference));
      if (!target) return shop_.error(own_place, target.error().told, target.error().fault);
      const auto block = by_target.find(target->value.identity());
      if (block == by_target.end()) return shop_.error(own_place, "names a schema that is none of the alternatives");
      by_name.insert_or_assign(std::string(name), block->second);
    }
  }
  Discriminator discriminator{
      .member = shop_.places().text(*member), .alternatives = alternatives.first, .count = alternatives.count, .one_of = keyword == Keyword::one_of};
  std::vector<Slot> slots;
  discriminator.names = static_cast<std::uint32_t>(program().lists.size());
  for (const auto& [name, block] : by_name) {
    slots.push_back(slot_of(shop_.places(), program(), name));
    slots.back().block = block;
    program().lists.push_back(slots.back().text);
  }
  discriminator.name_count = static_cast<std::uint32_t>(slots.size());
  const auto table = make_slots(program(), slots);
  discriminator.slots = table.first;
  discriminator.mask = table.mask;
  program().discriminators.push_back(discriminator);
  emit(Op::discriminated, keyword, static_cast<std::uint32_t>(program().discriminators.size() - 1));
  return true;
}

}  // namespace gatehouse::schema
