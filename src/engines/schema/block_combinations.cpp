// Words that judge the same value by other schemas, and those that ask what these left unevaluated.
#include "engines/schema/block_writer.hpp"

namespace gatehouse::schema {

Result<> BlockWriter::write_combinations() {
  constexpr std::array<std::pair<Keyword, Op>, 3> lists{
      {{Keyword::all_of, Op::all_of}, {Keyword::any_of, Op::any_of}, {Keyword::one_of, Op::one_of}}};
  for (const auto& [keyword, op] : lists) {
    if (!word(keyword)) continue;
    const auto list = TRY(blocks(keyword, false));
    if (op != Op::all_of) {
      const bool chosen = TRY(write_discriminator(keyword, list));
      if (chosen) continue;
    }
    emit(op, keyword, list.first, list.count);
  }
  if (word(Keyword::not_)) {
    const auto negated = TRY(block(Keyword::not_));
    emit(Op::negation, Keyword::not_, negated);
  }
  if (!word(Keyword::if_)) return {};
  Condition condition;
  condition.test = TRY(block(Keyword::if_));
  if (word(Keyword::then_)) condition.then = TRY(block(Keyword::then_));
  if (word(Keyword::else_)) condition.otherwise = TRY(block(Keyword::else_));
  program().conditions.push_back(condition);
  emit(Op::condition, Keyword::if_, static_cast<std::uint32_t>(program().conditions.size() - 1));
  return {};
}

Result<> BlockWriter::write_unevaluated() {
  if (word(Keyword::unevaluated_items)) {
    const auto rest = TRY(block(Keyword::unevaluated_items));
    emit(Op::unevaluated_items, Keyword::unevaluated_items, rest);
  }
  if (word(Keyword::unevaluated_properties)) {
    const auto rest = TRY(block(Keyword::unevaluated_properties));
    emit(Op::unevaluated_properties, Keyword::unevaluated_properties, rest);
  }
  return {};
}

}  // namespace gatehouse::schema
