// What compiled schemas share: the flat list of instructions and the tables that they point into. Made by the compiler, read by the runner,
// never changed after.
//
//   blocks ──> code:  [scope][track] type  range  object  call  ... done      a schema object is one block, ended by `done`
//                                            │      │
//                                         ranges  objects ──> slots (a hash table of names, each with the block of its value)
//
// Invariant: block 0 keeps everything. Each index is valid, each block ends in `done`, so the runner checks no bounds.
#pragma once
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engines/schema/format.hpp"
#include "engines/schema/number.hpp"
#include "engines/schema/pattern.hpp"
#include "ground/base/siphash.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::schema {

using BlockId = std::uint32_t;
using PlaceId = std::uint32_t;
using TextId = std::uint32_t;
inline constexpr std::uint32_t none = 0xFFFFFFFF;
inline constexpr BlockId keeps_all = 0;

enum class Op : std::uint8_t {
  done,
  never,        // nothing is valid
  scope,        // a: resource entered, for dynamic references
  track,        // from here on, evaluated members and elements are noted for `unevaluated...`
  type,         // small: bits of Kind; flag: a real without fraction is an integer
  choice,       // a: Choice (enum, const)
  range,        // a: Range
  multiple_of,  // a: divisors
  length,       // a: Bounds, code points of a string
  pattern,      // a: patterns
  format,       // small: Format
  content,      // small: bits content_base64, content_json
  items,        // a: Items
  contains,     // a: Contains
  item_count,   // a: Bounds
  unique_items,
  object,          // a: ObjectTable
  member_count,    // a: Bounds
  property_names,  // a: block
  dependencies,    // a: first of lists, b: count of Dependency
  call,            // a: block, b: resource entered or none; flag: the last of its block, which may be left for it
  dynamic_call,    // a: dynamic anchor, b: block if no scope has it
  all_of,          // a: first of lists, b: count of blocks
  any_of,
  one_of,
  negation,                // a: block
  discriminated,           // a: Discriminator
  condition,               // a: conditions
  unevaluated_properties,  // a: block
  unevaluated_items,       // a: block
  annotate,                // a: text (keyword), b: literal; small: bits of Kind it speaks of
};

/// Looks at one value by itself, neither into it nor by another block.
[[nodiscard]] constexpr bool is_leaf(Op op) noexcept {
  return op == Op::type || op == Op::choice || op == Op::range || op == Op::multiple_of || op == Op::length || op == Op::pattern || op == Op::format;
}

struct Instruction {
  Op op = Op::done;
  std::uint8_t small = 0;
  bool flag = false;
  std::uint32_t a = 0, b = 0;
  PlaceId place = 0;
};
static_assert(sizeof(Instruction) == 16);

/// What there is to a block when nobody records, besides its type.
enum class BlockForm : std::uint8_t {
  nothing,  ///< its type is all
  leaf,     ///< only words about one value by itself: nothing to enter and nothing to come back for
  object,   ///< one ObjectTable
  items,    ///< one Items
  plain,    ///< other words, of which none looks at what the others evaluated or enters a resource
  framed,
};

/// What a silent run of a block takes instead of `first`: of a block that only refers what it refers to, and `type` is read before anything is run.
struct Way {
  std::uint32_t rest = 0;  // of code, behind the type
  BlockForm form = BlockForm::framed;
  std::uint8_t kinds = 0;  // bits of Kind that are of the type for certain; all others are judged from Block::silent on
};

struct Block {
  std::uint32_t first = 0;  // of code
  PlaceId place = 0;
  std::uint32_t silent = 0;  // of code
  Way way = {};
};

/// A node of a path through a schema document: a JSON Pointer is read from the place up to its root.
struct Place {
  PlaceId parent = none;
  TextId text = 0;
};

struct Text {
  std::uint32_t offset = 0, size = 0;
};

/// minLength/maxLength and their like.
struct Bounds {
  std::uint64_t least = 0, most = ~std::uint64_t{0};
  PlaceId least_place = none, most_place = none;
};

/// minimum, maximum and their exclusive forms, merged. `low` and `high` are what they come to for 64-bit integers.
struct Range {
  std::int64_t low, high;
  double least_real = 0, most_real = 0;  // the bounds as doubles, infinite where there is none
  bool fast = true;                      // these say all there is to say of 64-bit integers, and of doubles
  bool has_least = false, has_most = false, least_excluded = false, most_excluded = false;
  PlaceId least_place = none, most_place = none;
  std::uint32_t least = 0, most = 0;  // literals
};

struct Quotient {
  Divisor divisor;
  std::uint32_t literal;
};

/// A name of an object: what its value must keep, and whether it must be there. Open addressing; an empty slot has no size and no offset.
struct Slot {
  std::uint32_t hash = 0;
  std::uint32_t offset = none;  // of characters
  std::uint32_t size = 0;
  BlockId block = none;        // none: only required
  std::uint8_t required = 0;   // bits of directions in which it must be there
  std::uint8_t forbidden = 0;  // bits of directions in which it must not
  std::uint16_t order = 0;     // among the names of its table
  TextId text = 0;
  Way way = {};  // that of the block: it need not be looked at
};
static_assert(sizeof(Slot) == 32);

struct NamePattern {
  std::uint32_t pattern = 0;
  BlockId block = keeps_all;
  std::uint8_t forbidden = 0;  // as of a slot
};

/// properties, patternProperties, additionalProperties and required, judged in one pass over the members.
struct ObjectTable {
  std::uint32_t slots = 0, mask = 0;                          // power of two
  std::uint32_t order = 0, name_count = 0;                    // slots again, in the order of the schema: senders often keep it
  std::uint32_t required[3] = {0, 0, 0};                      // by direction
  std::uint32_t required_names = 0, required_name_count = 0;  // texts in lists, for reports
  std::uint32_t name_patterns = 0, name_pattern_count = 0;
  bool tells_soon = false;    // beside members that hold others some can only be one of a few words: as an alternative it is told by these
  BlockId additional = none;  // none: not spoken of
  std::uint8_t additional_forbidden = 0;  // as of a slot
  PlaceId required_place = none, additional_place = none;
};

struct Items {
  std::uint32_t prefix = 0, prefix_count = 0;  // blocks in lists
  BlockId rest = none;
};

struct Contains {
  BlockId block = keeps_all;
  std::uint64_t least = 1, most = ~std::uint64_t{0};
  bool evaluates = false;  // from 2020-12 on
  PlaceId least_place = none, most_place = none;
};

struct Condition {
  BlockId test = keeps_all, then = none, otherwise = none;
};

/// The alternative that a member of the value names; slots with the block of each name. What is no object is judged by all.
struct Discriminator {
  TextId member = 0;
  std::uint32_t slots = 0, mask = 0;
  std::uint32_t names = 0, name_count = 0;    // texts in lists, for reports
  std::uint32_t alternatives = 0, count = 0;  // blocks in lists
  bool one_of = false;
};

/// If the member is there, so must be others, or the object must keep a block.
struct Dependency {
  TextId name = 0;
  BlockId block = none;
  std::uint32_t required = 0, required_count = 0;  // texts in lists
  PlaceId place = 0;
};

/// enum and const: strings in a hash table, all else by hash.
struct Choice {
  std::uint32_t slots = 0, mask = 0;
  bool has_strings = false;
  std::uint8_t kinds = 0;  // of the others, bits of Kind; the three kinds of numbers come together
  std::uint32_t others = 0, other_count = 0;
  std::uint32_t literal = 0;  // the array as written; of const the value
  bool single = false;
};

struct ChoiceValue {
  std::uint64_t hash;
  json::Value value;
};

inline constexpr std::uint8_t content_base64 = 1, content_json = 2;

/// A cheap hash of names: its length and up to 24 of its bytes. Only the schema's author puts names into tables, so a sender cannot make
/// them long to search.
[[nodiscard]] inline std::uint32_t name_hash(std::string_view name) noexcept {
  const auto load = [](const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof(word));
    return word;
  };
  const auto size = name.size();
  std::uint64_t a = 0, b = 0;
  if (size >= 8) {
    a = load(name.data());
    b = load(name.data() + size - 8);
    if (size > 16) a ^= load(name.data() + size / 2 - 4) * 0x9E3779B97F4A7C15ULL;
  } else if (size >= 4) {
    std::uint32_t first = 0, last = 0;
    std::memcpy(&first, name.data(), sizeof(first));
    std::memcpy(&last, name.data() + size - sizeof(last), sizeof(last));
    a = static_cast<std::uint64_t>(first) << 32 | last;
  } else {
    for (std::size_t i = 0; i < size; ++i) a = a << 8 | static_cast<unsigned char>(name[i]);
  }
  std::uint64_t h = (a ^ (b * 0xC2B2AE3D27D4EB4FULL) ^ size) * 0x9FB21C651E98DF25ULL;
  return static_cast<std::uint32_t>(h >> 32 ^ h >> 15);
}

/// memcmp for names, which are short: no call below 17 bytes.
[[nodiscard]] inline bool same_bytes(const char* a, const char* b, std::size_t size) noexcept {
  const auto differ = [&](std::size_t at, auto word) {
    auto other = word;
    std::memcpy(&word, a + at, sizeof(word));
    std::memcpy(&other, b + at, sizeof(other));
    return word != other;
  };
  if (size > 16) return std::memcmp(a, b, size) == 0;
  if (size >= 8) return !differ(0, std::uint64_t{}) && !differ(size - 8, std::uint64_t{});
  if (size >= 4) return !differ(0, std::uint32_t{}) && !differ(size - 4, std::uint32_t{});
  for (std::size_t i = 0; i < size; ++i)
    if (a[i] != b[i]) return false;
  return true;
}

struct Program {
  std::vector<Instruction> code;
  std::vector<Block> blocks;
  std::string characters;
  std::vector<Text> texts;
  std::vector<Place> places;
  std::unordered_map<PlaceId, std::string> resource_urls;  // of places that are the root of a schema resource or document

  std::vector<Bounds> bounds;
  std::vector<Range> ranges;
  std::vector<Quotient> divisors;
  std::vector<std::unique_ptr<const Pattern>> patterns;
  std::vector<Slot> slots;
  std::vector<ObjectTable> objects;
  std::vector<NamePattern> name_patterns;
  std::vector<Items> items;
  std::vector<Contains> contains;
  std::vector<Condition> conditions;
  std::vector<Discriminator> discriminators;
  std::vector<Dependency> dependencies;
  std::vector<Choice> choices;
  std::vector<ChoiceValue> choice_values;
  std::vector<std::uint32_t> lists;
  std::vector<json::Document> literals;
  std::unordered_map<std::uint64_t, BlockId> dynamic_anchors;  // by resource << 32 | anchor
  std::unordered_map<BlockId, std::uint32_t> entry_scopes;     // of entries whose resource has dynamic anchors
  siphash::Seed seed;

  [[nodiscard]] std::string_view text(TextId id) const noexcept { return {characters.data() + texts[id].offset, texts[id].size}; }

  [[nodiscard]] bool is_named(const Slot& slot, std::string_view name) const noexcept {
    return slot.size == name.size() && same_bytes(characters.data() + slot.offset, name.data(), name.size());
  }
  /// The slot of that name in a table; nothing if it is not there.
  [[nodiscard]] [[gnu::always_inline]] const Slot* find(std::uint32_t first, std::uint32_t mask, std::string_view name) const noexcept {
    const auto hash = name_hash(name);
    const Slot* const table = slots.data() + first;
    for (std::uint32_t at = hash & mask;; at = (at + 1) & mask) {
      const Slot& slot = table[at];
      if (slot.offset == none) return nullptr;
      if (slot.hash == hash && is_named(slot, name)) return &slot;
    }
  }
};

}  // namespace gatehouse::schema
