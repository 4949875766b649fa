// Recursion is as deep as the value, which json::parse has bounded.
#include "engines/schema/equality.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "engines/schema/number.hpp"

namespace gatehouse::schema {

namespace {
using json::Kind;

std::vector<json::Member> sorted_members(json::Value object) {
  std::vector<json::Member> members(object.members().begin(), object.members().end());
  std::ranges::sort(members, {}, &json::Member::name);
  return members;
}

bool equal_arrays(json::Value a, json::Value b) {
  if (a.size() != b.size()) return false;
  auto other = b.elements().begin();
  for (const auto element : a.elements()) {
    if (!equal(element, *other)) return false;
    ++other;
  }
  return true;
}

bool equal_objects(json::Value a, json::Value b) {
  constexpr std::size_t few = 8;
  if (a.size() != b.size()) return false;
  if (a.size() <= few) {
    for (const auto [name, value] : a.members()) {
      const auto other = b.get(name);
      if (!other || !equal(value, *other)) return false;
    }
    return true;
  }
  const auto left = sorted_members(a), right = sorted_members(b);  // looking each name up would be quadratic
  return std::ranges::equal(left, right, [](const json::Member& x, const json::Member& y) { return x.name == y.name && equal(x.value, y.value); });
}

/// By the number and not by its rounding: else thousands of integers would share one double, and any number of long decimals.
std::uint64_t hash_of_number(const Number& number, const siphash::Seed& seed) {
  if (const auto integer = number.integer())
    return siphash::hash_words(seed, std::array{std::uint64_t{2}, static_cast<std::uint64_t>(*integer)}).first;
  if (const auto natural = number.natural()) return siphash::hash_words(seed, std::array{std::uint64_t{5}, *natural}).first;
  if (!number.has_many_digits()) return siphash::hash_words(seed, std::array{std::uint64_t{6}, std::bit_cast<std::uint64_t>(number.rounded())}).first;
  const auto decimal = number.decimal();
  return siphash::hash_bytes(seed, as_bytes(decimal.digits)).first + static_cast<std::uint64_t>(decimal.exponent) * 2 + (decimal.negative ? 1 : 0);
}
}  // namespace

bool equal(json::Value a, json::Value b) {
  if (a.is_number()) return b.is_number() && Number(a).compare(Number(b)) == 0;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::null: return true;
    case Kind::boolean: return a.boolean() == b.boolean();
    case Kind::string: return a.string() == b.string();
    case Kind::array: return equal_arrays(a, b);
    case Kind::object: return equal_objects(a, b);
    case Kind::integer:
    case Kind::natural:
    case Kind::real: return false;  // answered above
  }
  return false;
}

std::uint64_t hash_of(json::Value value, const siphash::Seed& seed) {
  const auto mixed = [&](std::uint64_t kind, std::uint64_t word) { return siphash::hash_words(seed, std::array{kind, word}).first; };
  switch (value.kind()) {
    case Kind::null: return mixed(0, 0);
    case Kind::boolean: return mixed(1, value.boolean() == true ? 1 : 0);
    case Kind::integer:
    case Kind::natural:
    case Kind::real: return hash_of_number(Number(value), seed);
    case Kind::string: return siphash::hash_bytes(seed, as_bytes(value.string().value_or(""))).first;
    case Kind::array: {
      std::uint64_t sum = mixed(3, value.size());
      for (const auto element : value.elements()) sum = mixed(sum, hash_of(element, seed));
      return sum;
    }
    case Kind::object: {
      std::uint64_t sum = value.size();
      for (const auto [name, member] : value.members()) sum += mixed(siphash::hash_bytes(seed, as_bytes(name)).first, hash_of(member, seed));
      return mixed(4, sum);
    }
  }
  return 0;
}

}  // namespace gatehouse::schema
