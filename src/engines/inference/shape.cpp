#include "engines/inference/shape.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

namespace gatehouse::inference {

namespace shapes {
namespace {
constexpr int powers = 18;

/// k + 1 for the smallest k of which `number`, which is positive, is at most 10^k.
std::uint8_t order_of_ten(double number) noexcept {
  double bound = 1;
  for (int k = 0; k <= powers; ++k) {
    if (number <= bound) return static_cast<std::uint8_t>(k + 1);
    bound *= 10;
  }
  return Magnitude::beyond;
}

/// Of what is_number() takes.
double value_of(std::string_view text) noexcept {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The one that is there, or is made.
Shape& only(std::vector<ShapeBox>& boxes) {
  if (boxes.empty()) boxes.emplace_back();
  return *boxes.front();
}

void merge_only(std::vector<ShapeBox>& boxes, const std::vector<ShapeBox>& other) {
  if (!other.empty()) only(boxes).merge(*other.front());
}
}  // namespace
}  // namespace shapes

std::uint8_t order_of(std::uint64_t number) noexcept {
  const auto order = number <= 1 ? 0 : std::bit_width(number - 1);
  return order > 31 ? Shape::unbounded : static_cast<std::uint8_t>(order);
}

void Magnitude::take(double number) noexcept {
  if (number >= 1) above = std::max(above, shapes::order_of_ten(number));
  else if (number < 0) below = std::max(below, shapes::order_of_ten(-number));
  else {
    zero = true;
    if (number > 0) above = std::max<std::uint8_t>(above, 1);
  }
}

void Magnitude::merge(const Magnitude& other) noexcept {
  above = std::max(above, other.above);
  below = std::max(below, other.below);
  zero = zero || other.zero;
}

void Vocabulary::give_up() noexcept {
  any = true;
  words.clear();
}

void Vocabulary::take(std::string_view text, Callers caller) {
  if (any) return;
  if (!is_enum_word(text)) return give_up();
  auto at = words.find(text);
  if (at == words.end()) {
    if (words.size() == words_max) return give_up();
    at = words.emplace(text, Word{}).first;
  }
  ++at->second.seen;
  at->second.callers.merge(caller);
}

void Vocabulary::merge(const Vocabulary& other) {
  if (any) return;
  if (other.any) return give_up();
  for (const auto& [text, word] : other.words) {
    auto& mine = words[text];
    mine.seen += word.seen;
    mine.callers.merge(word.callers);
  }
  if (words.size() > words_max) give_up();
}

ShapeBox::ShapeBox() : shape_(std::make_unique<Shape>()) {}
ShapeBox::ShapeBox(const ShapeBox& other) : shape_(std::make_unique<Shape>(*other.shape_)) {}
ShapeBox::ShapeBox(ShapeBox&& other) noexcept = default;
ShapeBox& ShapeBox::operator=(const ShapeBox& other) {
  if (this != &other) shape_ = std::make_unique<Shape>(*other.shape_);
  return *this;
}
ShapeBox& ShapeBox::operator=(ShapeBox&& other) noexcept = default;
ShapeBox::~ShapeBox() = default;
bool ShapeBox::operator==(const ShapeBox& other) const { return *shape_ == *other.shape_; }

void Shape::take(json::Value value, const Origin& origin, std::size_t depth) {
  ++seen;
  const bool container = value.is_array() || value.is_object();
  if (container && depth >= depth_max) {
    ++deep;
    return;
  }
  switch (value.kind()) {
    case json::Kind::null: ++nulls; return;
    case json::Kind::boolean: ++booleans; return;
    case json::Kind::integer:
    case json::Kind::natural: ++integers; return magnitude.take(value.number().value_or(0));
    case json::Kind::real: ++numbers; return magnitude.take(value.number().value_or(0));
    case json::Kind::string: ++strings; return take_characters(value.string().value_or(""), origin);
    case json::Kind::array:
      ++arrays;
      items_length = std::max(items_length, order_of(value.size()));
      for (const auto item : value.elements()) shapes::only(items).take(item, origin, depth + 1);
      return;
    case json::Kind::object:
      ++objects;
      for (const auto [name, each] : value.members()) member(name).take(each, {origin.caller, origin.is_private || is_private_name(name)}, depth + 1);
      return;
  }
}

void Shape::take_text(std::string_view text, const Origin& origin, std::uint64_t times) {
  seen += times;
  const bool integer = is_integer(text), number = !integer && is_number(text);
  (integer ? integers : number ? numbers : text == "true" || text == "false" ? booleans : strings) += times;
  if (integer || number) magnitude.take(shapes::value_of(text));
  take_characters(text, origin);
}

void Shape::take_characters(std::string_view text, const Origin& origin) {
  const auto characters = length_of(text);
  length = std::max(length, order_of(characters));
  empty = empty || characters == 0;
  if (looks != 0) looks &= looks_of(text);
  if (origin.is_private) vocabulary.give_up();
  else vocabulary.take(text, origin.caller);
}

Shape& Shape::member(std::string_view name) {
  if (map || !is_name(name)) return shapes::only(values);
  if (const auto found = members.find(name); found != members.end()) {
    ++found->second.seen;
    return *found->second.shape;
  }
  if (members.size() == names_max) {
    become_map();
    return shapes::only(values);
  }
  auto& made = members.emplace(name, Member{}).first->second;
  ++made.seen;
  return *made.shape;
}

void Shape::become_map() {
  map = true;
  for (const auto& [name, member] : members) shapes::only(values).merge(*member.shape);
  members.clear();
}

void Shape::merge(const Shape& other) {
  seen += other.seen;
  nulls += other.nulls;
  booleans += other.booleans;
  integers += other.integers;
  numbers += other.numbers;
  strings += other.strings;
  arrays += other.arrays;
  objects += other.objects;
  deep += other.deep;
  repeated += other.repeated;
  magnitude.merge(other.magnitude);
  length = std::max(length, other.length);
  empty = empty || other.empty;
  looks &= other.looks;
  vocabulary.merge(other.vocabulary);
  items_length = std::max(items_length, other.items_length);
  shapes::merge_only(items, other.items);
  shapes::merge_only(values, other.values);
  for (const auto& [name, member] : other.members) {
    if (map) {
      shapes::only(values).merge(*member.shape);
      continue;
    }
    auto& mine = members[name];
    mine.seen += member.seen;
    mine.shape->merge(*member.shape);
  }
  if (!map && (other.map || members.size() > names_max)) become_map();
}

std::size_t Shape::size() const noexcept {
  std::size_t all = 1;
  for (const auto& item : items) all += item->size();
  for (const auto& value : values) all += value->size();
  for (const auto& [name, member] : members) all += member.shape->size();
  return all;
}

}  // namespace gatehouse::inference
