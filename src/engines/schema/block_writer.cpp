#include "engines/schema/block_writer.hpp"

#include <algorithm>
#include <bit>

namespace gatehouse::schema {

namespace {
/// Words whose author meant to have something judged.
bool is_foreign(const KeywordInfo& info) {
  return info.keyword == Keyword::nullable || info.vocabulary == vocabulary::applicator || info.vocabulary == vocabulary::validation ||
         info.vocabulary == vocabulary::unevaluated;
}
}  // namespace

void BlockWriter::read_words() {
  const auto rules_here = rules();
  const bool alone = rules_here.reference_stands_alone() && at_.value.get("$ref");
  for (const auto [name, value] : at_.value.members()) {
    const auto* const info = find_keyword(name);
    if (alone && (info == nullptr || info->keyword != Keyword::ref)) continue;
    if (info == nullptr) continue;
    if (!info->holds(rules_here)) {
      const bool of_dialect = (info->dialects >> static_cast<unsigned>(rules_here.dialect) & 1U) != 0;
      if (!of_dialect && is_foreign(*info))
        shop_.notice(Notice::Kind::foreign_keyword, shop_.places().child(at_.place, name),
                     std::string(name) + " is no word of " + std::string(to_text(rules_here.dialect)) + ", and does nothing");
      continue;
    }
    values_.push_back({name, value});
    words_[static_cast<std::size_t>(info->keyword)] = static_cast<std::uint16_t>(values_.size());
  }
}

Result<> BlockWriter::write() {
  if (at_.value.boolean()) {
    code_.push_back({.op = Op::never, .place = at_.place});
    return {};
  }
  if (const auto own = shop_.resources().rooted_at(at_.value)) at_.resource = *own;
  read_words();
  if (is_resource_root(at_) && shop_.has_dynamic_anchors(at_.resource)) code_.push_back({.op = Op::scope, .a = at_.resource, .place = at_.place});
  if (word(Keyword::unevaluated_properties) || word(Keyword::unevaluated_items)) code_.push_back({.op = Op::track, .place = at_.place});
  CHECK_OK(write_type());
  CHECK_OK(write_choices());
  CHECK_OK(write_numbers());
  CHECK_OK(write_strings());
  CHECK_OK(write_arrays());
  CHECK_OK(write_objects());
  CHECK_OK(write_combinations());
  CHECK_OK(write_references());
  CHECK_OK(write_unevaluated());
  if (shop_.options().annotations) write_annotations();
  // A reference that is the last and has nothing to come back for is a jump.
  const bool framed = !code_.empty() && (code_.front().op == Op::scope || code_.front().op == Op::track);
  if (!code_.empty() && code_.back().op == Op::call && code_.back().b == none && !framed) code_.back().flag = true;
  return {};
}

Result<BlockWriter::List> BlockWriter::blocks(Keyword keyword, bool may_be_empty) {
  const auto value = value_of(keyword);
  if (!value.is_array() || (value.size() == 0 && !may_be_empty)) return wrong(keyword, "must be an array of schemas with at least one");
  std::vector<std::uint32_t> ids;
  for (const auto element : value.elements()) ids.push_back(TRY(block(element, shop_.places().child(place_of(keyword), ids.size()))));
  const List list{static_cast<std::uint32_t>(program().lists.size()), static_cast<std::uint32_t>(ids.size())};
  program().lists.insert(program().lists.end(), ids.begin(), ids.end());
  return list;
}

Result<BlockWriter::List> BlockWriter::texts(json::Value names, PlaceId place) {
  if (!names.is_array()) return shop_.error(place, "must be an array of names");
  std::vector<std::uint32_t> ids;
  for (const auto name : names.elements()) {
    const auto text = name.string();
    if (!text) return shop_.error(place, "must be an array of names, which are strings");
    const auto id = shop_.places().text(*text);
    if (std::ranges::find(ids, id) == ids.end() || names.size() > 1'000) ids.push_back(id);
  }
  const List list{static_cast<std::uint32_t>(program().lists.size()), static_cast<std::uint32_t>(ids.size())};
  program().lists.insert(program().lists.end(), ids.begin(), ids.end());
  return list;
}

Result<std::optional<std::uint64_t>> BlockWriter::count(Keyword keyword) {
  const auto value = word(keyword);
  if (!value) return std::optional<std::uint64_t>{};
  const auto number = Number::from(*value);
  const auto whole = number ? number->natural() : std::nullopt;
  if (!whole) return wrong(keyword, "must be a whole number from 0 up to 2^64");
  return whole;
}

Result<> BlockWriter::write_bounds(Op op, Keyword least, Keyword most) {
  const auto lowest = TRY(count(least));
  const auto highest = TRY(count(most));
  if (!lowest && !highest) return {};
  Bounds bounds;
  if (lowest) bounds.least = *lowest, bounds.least_place = place_of(least);
  if (highest) bounds.most = *highest, bounds.most_place = place_of(most);
  program().bounds.push_back(bounds);
  emit(op, lowest ? least : most, static_cast<std::uint32_t>(program().bounds.size() - 1));
  return {};
}

Slot slot_of(Places& places, Program& program, std::string_view name) {
  const auto id = places.text(name);
  const auto text = program.texts[id];
  return {.hash = name_hash(name), .offset = text.offset, .size = text.size, .text = id};
}

SlotTable make_slots(Program& program, const std::vector<Slot>& entries) {
  const auto size = static_cast<std::uint32_t>(std::bit_ceil(std::max<std::size_t>(entries.size() * 2, 2)));
  const SlotTable table{static_cast<std::uint32_t>(program.slots.size()), size - 1};
  program.slots.resize(program.slots.size() + size);
  for (const auto& entry : entries) {
    auto at = entry.hash & table.mask;
    while (program.slots[table.first + at].offset != none) at = (at + 1) & table.mask;
    program.slots[table.first + at] = entry;
  }
  return table;
}

}  // namespace gatehouse::schema
