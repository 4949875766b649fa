// Words about one value by itself: its type, the values there are to choose from, numbers and strings.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "engines/schema/block_writer.hpp"
#include "engines/schema/equality.hpp"

namespace gatehouse::schema {

namespace {
using json::Kind;

constexpr std::uint8_t bit(Kind kind) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind)); }
constexpr std::uint8_t whole_numbers = bit(Kind::integer) | bit(Kind::natural), numbers = whole_numbers | bit(Kind::real);

struct TypeBits {
  std::uint8_t kinds = 0;
  bool whole_reals = false;
};

std::optional<TypeBits> bits_of(std::string_view type, Dialect dialect) {
  if (type == "null") return TypeBits{bit(Kind::null)};
  if (type == "boolean") return TypeBits{bit(Kind::boolean)};
  if (type == "string") return TypeBits{bit(Kind::string)};
  if (type == "array") return TypeBits{bit(Kind::array)};
  if (type == "object") return TypeBits{bit(Kind::object)};
  if (type == "number") return TypeBits{numbers};
  if (type == "integer") return TypeBits{whole_numbers, dialect != Dialect::draft4};  // draft 4: "without a fraction or exponent part"
  return std::nullopt;
}
}  // namespace

Result<> BlockWriter::write_type() {
  const auto type = word(Keyword::type);
  if (!type) return {};
  TypeBits bits;
  const auto add = [&](json::Value name) {
    const auto one = name.is_string() ? bits_of(*name.string(), rules().dialect) : std::nullopt;
    if (!one) return false;
    bits.kinds |= one->kinds;
    bits.whole_reals = bits.whole_reals || one->whole_reals;
    return true;
  };
  constexpr std::string_view names = "must be null, boolean, object, array, number, integer or string, or an array of these";
  if (type->is_array()) {
    bool good = type->size() > 0;
    for (const auto name : type->elements()) good = add(name) && good;
    if (!good) return wrong(Keyword::type, names);
  } else if (!add(*type)) {
    return wrong(Keyword::type, names);
  }
  if (const auto nullable = word(Keyword::nullable); nullable && nullable->boolean() == true) bits.kinds |= bit(Kind::null);
  emit(Op::type, Keyword::type, 0, 0, bits.kinds, bits.whole_reals);
  return {};
}

Result<> BlockWriter::write_choices() {
  for (const auto keyword : {Keyword::enum_, Keyword::const_}) {
    const auto value = word(keyword);
    if (!value) continue;
    Choice choice;
    choice.single = keyword == Keyword::const_;
    if (!choice.single && !value->is_array()) return wrong(keyword, "must be an array of values");
    choice.literal = shop_.literal(*value);
    const auto root = program().literals[choice.literal].root();
    std::vector<Slot> strings;
    std::vector<ChoiceValue> others;
    std::set<std::string_view> seen;
    const auto add = [&](json::Value one) {
      if (const auto text = one.string()) {
        if (seen.insert(*text).second) strings.push_back(slot_of(shop_.places(), program(), *text));
        return;
      }
      choice.kinds |= one.is_number() ? numbers : bit(one.kind());
      others.push_back({hash_of(one, program().seed), one});
    };
    if (choice.single) add(root);
    else
      for (const auto one : root.elements()) add(one);
    std::ranges::sort(others, {}, &ChoiceValue::hash);
    choice.has_strings = !strings.empty();
    if (choice.has_strings) {
      const auto table = make_slots(program(), strings);
      choice.slots = table.first;
      choice.mask = table.mask;
    }
    choice.others = static_cast<std::uint32_t>(program().choice_values.size());
    choice.other_count = static_cast<std::uint32_t>(others.size());
    program().choice_values.insert(program().choice_values.end(), others.begin(), others.end());
    program().choices.push_back(choice);
    emit(Op::choice, keyword, static_cast<std::uint32_t>(program().choices.size() - 1));
  }
  return {};
}

Result<std::optional<std::uint32_t>> BlockWriter::number_bound(Keyword keyword) {
  const auto value = word(keyword);
  if (!value) return std::optional<std::uint32_t>{};
  if (!value->is_number()) return wrong(keyword, "must be a number");
  return std::optional(shop_.literal(*value));
}

namespace {
constexpr auto int_min = std::numeric_limits<std::int64_t>::min(), int_max = std::numeric_limits<std::int64_t>::max();

/// The least 64-bit integer that is at least, or above, a number; nothing: there is none.
std::optional<std::int64_t> least_integer(const Number& number, bool excluded) {
  if (const auto integer = number.integer()) {
    if (!excluded) return integer;
    return *integer == int_max ? std::nullopt : std::optional(*integer + 1);
  }
  if (number.natural() || number.rounded() >= 9.2e18) return std::nullopt;
  return number.rounded() <= -9.2e18 ? int_min : static_cast<std::int64_t>(std::ceil(number.rounded()));
}

std::optional<std::int64_t> greatest_integer(const Number& number, bool excluded) {
  if (const auto integer = number.integer()) {
    if (!excluded) return integer;
    return *integer == int_min ? std::nullopt : std::optional(*integer - 1);
  }
  if (number.natural() || number.rounded() >= 9.2e18) return int_max;
  return number.rounded() <= -9.2e18 ? std::nullopt : std::optional(static_cast<std::int64_t>(std::floor(number.rounded())));
}

/// Sets what a range comes to for 64-bit integers.
void narrow(Range& range, const Program& program) {
  range.low = int_min;
  range.high = int_max;
  const auto impossible = [&] { range.low = int_max, range.high = int_min; };
  // Below 2^53 in magnitude a double tells each integer.
  constexpr double integers_exact = 9007199254740992.0;
  range.least_real = -std::numeric_limits<double>::infinity();
  range.most_real = std::numeric_limits<double>::infinity();
  const auto exact = [](json::Value value) {
    return !value.digits() && (value.kind() == Kind::real || std::abs(value.number().value_or(0)) < integers_exact);
  };
  if (range.has_least) {
    const auto value = program.literals[range.least].root();
    range.fast = range.fast && exact(value);
    range.least_real = value.number().value_or(0);
    const auto low = least_integer(Number(value), range.least_excluded);
    if (!low) return impossible();
    range.low = *low;
  }
  if (range.has_most) {
    const auto value = program.literals[range.most].root();
    range.fast = range.fast && exact(value);
    range.most_real = value.number().value_or(0);
    const auto high = greatest_integer(Number(value), range.most_excluded);
    if (!high) return impossible();
    range.high = *high;
  }
}
}  // namespace

Result<> BlockWriter::write_numbers() {
  // Two pairs of words may stand side by side since draft 6, so each pair is a range of its own; before, the second only says how the first is meant.
  const bool by_flag = rules().dialect <= Dialect::openapi_3_0;
  const auto flag = [&](Keyword keyword) -> Result<bool> {
    const auto value = word(keyword);
    if (!value) return false;
    const auto truth = value->boolean();
    if (!truth) return wrong(keyword, "must be true or false");
    return *truth;
  };
  const auto add = [&](Keyword least, Keyword most, bool least_excluded, bool most_excluded) -> Result<> {
    const auto low = TRY(number_bound(least));
    const auto high = TRY(number_bound(most));
    if (!low && !high) return {};
    Range range{};
    if (low) range.has_least = true, range.least = *low, range.least_place = place_of(least), range.least_excluded = least_excluded;
    if (high) range.has_most = true, range.most = *high, range.most_place = place_of(most), range.most_excluded = most_excluded;
    narrow(range, program());
    program().ranges.push_back(range);
    emit(Op::range, low ? least : most, static_cast<std::uint32_t>(program().ranges.size() - 1));
    return {};
  };
  if (by_flag) {
    const bool least_excluded = TRY(flag(Keyword::exclusive_minimum));
    const bool most_excluded = TRY(flag(Keyword::exclusive_maximum));
    CHECK_OK(add(Keyword::minimum, Keyword::maximum, least_excluded, most_excluded));
  } else {
    CHECK_OK(add(Keyword::minimum, Keyword::maximum, false, false));
    CHECK_OK(add(Keyword::exclusive_minimum, Keyword::exclusive_maximum, true, true));
  }
  const auto multiple = word(Keyword::multiple_of);
  if (!multiple) return {};
  const auto number = Number::from(*multiple);
  const auto divisor = number ? Divisor::from(*number) : std::nullopt;
  if (!divisor) return wrong(Keyword::multiple_of, "must be a number above 0 of at most 19 digits");
  program().divisors.push_back({*divisor, shop_.literal(*multiple)});
  emit(Op::multiple_of, Keyword::multiple_of, static_cast<std::uint32_t>(program().divisors.size() - 1));
  return {};
}

Result<> BlockWriter::write_strings() {
  CHECK_OK(write_bounds(Op::length, Keyword::min_length, Keyword::max_length));
  if (const auto format = word(Keyword::format)) {
    const auto name = format->string();
    if (!name) return wrong(Keyword::format, "must be the name of a format");
    const bool asserted = shop_.options().assert_formats || (rules().since(Dialect::draft2019_09) && rules().has(vocabulary::format_assertion));
    const auto known = format_of(*name, rules().dialect);
    if (asserted && known) emit(Op::format, Keyword::format, 0, 0, static_cast<std::uint8_t>(*known));
    if (asserted && !known && !is_silent_format(*name))
      shop_.notice(Notice::Kind::unknown_format, place_of(Keyword::format), "the format " + std::string(*name) + " is not known, and not judged");
  }
  if (const auto pattern = word(Keyword::pattern)) {
    const auto source = pattern->string();
    if (!source) return wrong(Keyword::pattern, "must be a regular expression");
    const auto id = TRY(shop_.pattern(place_of(Keyword::pattern), *source));
    emit(Op::pattern, Keyword::pattern, id);
  }
  if (!shop_.options().assert_content || rules().dialect != Dialect::draft7) return {};
  const auto encoding = word(Keyword::content_encoding), type = word(Keyword::content_media_type);
  const auto bits = static_cast<std::uint8_t>((encoding && encoding->string() == "base64" ? content_base64 : 0U) |
                                              (type && type->string() == "application/json" ? content_json : 0U));
  if (bits != 0) emit(Op::content, encoding ? Keyword::content_encoding : Keyword::content_media_type, 0, 0, bits);
  return {};
}

}  // namespace gatehouse::schema
