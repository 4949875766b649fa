#include "engines/schema/block_writer.hpp"

namespace gatehouse::schema {

Result<> BlockWriter::write_arrays() {
  CHECK_OK(write_bounds(Op::item_count, Keyword::min_items, Keyword::max_items));
  Items items;
  std::optional<Keyword> speaks;
  const auto prefix = [&](Keyword keyword) -> Result<> {
    const auto list = TRY(blocks(keyword, true));
    items.prefix = list.first;
    items.prefix_count = list.count;
    speaks = keyword;
    return {};
  };
  if (word(Keyword::prefix_items)) CHECK_OK(prefix(Keyword::prefix_items));
  if (const auto value = word(Keyword::items)) {
    const bool positional = value->is_array() && !rules().since(Dialect::draft2020_12) && rules().dialect != Dialect::openapi_3_0;
    if (positional) {
      CHECK_OK(prefix(Keyword::items));
      if (word(Keyword::additional_items)) items.rest = TRY(block(Keyword::additional_items));
    } else {
      items.rest = TRY(block(Keyword::items));
      speaks = Keyword::items;
    }
  }
  if (speaks) {
    program().items.push_back(items);
    emit(Op::items, *speaks, static_cast<std::uint32_t>(program().items.size() - 1));
  }
  if (word(Keyword::contains)) {
    Contains contains;
    contains.block = TRY(block(Keyword::contains));
    contains.evaluates = rules().since(Dialect::draft2020_12);
    const auto least = TRY(count(Keyword::min_contains));
    const auto most = TRY(count(Keyword::max_contains));
    if (least) contains.least = *least, contains.least_place = place_of(Keyword::min_contains);
    if (most) contains.most = *most, contains.most_place = place_of(Keyword::max_contains);
    program().contains.push_back(contains);
    emit(Op::contains, Keyword::contains, static_cast<std::uint32_t>(program().contains.size() - 1));
  }
  if (const auto unique = word(Keyword::unique_items)) {
    if (!unique->boolean()) return wrong(Keyword::unique_items, "must be true or false");
    if (unique->boolean() == true) emit(Op::unique_items, Keyword::unique_items);
  }
  return {};
}

}  // namespace gatehouse::schema
