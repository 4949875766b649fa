#include "engines/review/schema_comparison.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "engines/schema/equality.hpp"
#include "engines/schema/format.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::review {

using contract::Kinds, contract::Node;

namespace schema_comparison {
namespace {
constexpr std::size_t subject_max = 300;  // bytes; deeper members are told by their place alone

constexpr std::array all_kinds{Kinds::null, Kinds::boolean, Kinds::integer, Kinds::fraction, Kinds::string, Kinds::array, Kinds::object};

std::uint64_t mix(std::uint64_t hash, std::uint64_t with) noexcept {
  hash ^= with + 0x9E3779B97F4A7C15U + (hash << 6U) + (hash >> 2U);
  hash *= 0xFF51AFD7ED558CCDU;
  return hash ^ (hash >> 33U);
}

std::uint64_t key_of(const Nodes& before, const Nodes& after, Use use) noexcept {
  std::uint64_t key = use == Use::request ? 1 : 2;
  for (const auto& one : before) key = mix(key, reinterpret_cast<std::uintptr_t>(one.value.identity()));
  key = mix(key, 3);
  for (const auto& one : after) key = mix(key, reinterpret_cast<std::uintptr_t>(one.value.identity()));
  return key;
}

Kinds without(Kinds all, Kinds these) noexcept {
  Kinds out;
  for (const auto kind : all_kinds)
    if (all.has(kind) && !these.has(kind)) out = out | kind;
  return out;
}

std::string text_of(Kinds kinds) {
  std::string out;
  const auto add = [&](std::string_view name) { out += (out.empty() ? "" : ", ") + std::string(name); };
  if (kinds.has(Kinds::null)) add("null");
  if (kinds.has(Kinds::boolean)) add("boolean");
  if (kinds.has(Kinds::fraction)) add("number");
  else if (kinds.has(Kinds::integer)) add("integer");
  if (kinds.has(Kinds::string)) add("string");
  if (kinds.has(Kinds::array)) add("array");
  if (kinds.has(Kinds::object)) add("object");
  return out;
}

std::string shortened(std::string subject) {
  if (subject.size() <= subject_max) return subject;
  std::size_t end = subject_max;
  while (end > 0 && (static_cast<unsigned char>(subject[end]) & 0xC0U) == 0x80U) --end;
  return subject.substr(0, end) + "...";
}

std::string listed(const Nodes& values) {
  constexpr std::size_t shown_max = 8, bytes_max = 40;
  std::string out;
  for (std::size_t i = 0; i < values.size() && i < shown_max; ++i) {
    auto text = json::to_json(values[i].value);
    if (text.size() > bytes_max) text = "(a long value)";
    out += (i > 0 ? ", " : "") + text;
  }
  return values.size() > shown_max ? out + " and " + std::to_string(values.size() - shown_max) + " more" : out;
}

std::string number_text(const Bound& bound) { return json::to_json(bound.at.value); }

/// Every value that keeps the first keeps the second.
bool is_part_of(std::string_view format, std::string_view of) noexcept {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> pairs{{{"int32", "int64"},
                                                                                {"float", "double"},
                                                                                {"uri", "uri-reference"},
                                                                                {"uri", "iri"},
                                                                                {"uri", "iri-reference"},
                                                                                {"iri", "iri-reference"},
                                                                                {"uri-reference", "iri-reference"},
                                                                                {"email", "idn-email"},
                                                                                {"hostname", "idn-hostname"}}};
  return std::ranges::find(pairs, std::pair(format, of)) != pairs.end();
}

std::vector<std::string_view> texts_of(const std::vector<Word>& words, bool formats) {
  std::vector<std::string_view> out;
  for (const auto& word : words)
    if (const auto text = word.at.value.string(); text && !(formats && schema::is_silent_format(*text))) out.push_back(*text);
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// Those of the first that the second lacks; both sorted.
std::vector<std::string_view> missing(const std::vector<std::string_view>& of, const std::vector<std::string_view>& in) {
  std::vector<std::string_view> out;
  std::ranges::set_difference(of, in, std::back_inserter(out));
  return out;
}
}  // namespace
}  // namespace schema_comparison

namespace schema_comparison {
namespace {
bool same_files(const contract::Reading& before, const contract::Reading& after) {
  const auto& left = before.sources.all();
  const auto& right = after.sources.all();
  return std::ranges::equal(left, right, [](const auto& a, const auto& b) {
    if (a.first != b.first || (a.second == nullptr) != (b.second == nullptr)) return false;
    return a.second == nullptr || schema::equal(a.second->root(), b.second->root());
  });
}
/// 3.1 and 3.2 read schemas alike.
std::pair<bool, std::string_view> dialect(const contract::Description& description) {
  return {description.version == contract::Version::v3_0, description.dialect};
}
}  // namespace
}  // namespace schema_comparison

SchemaComparison::SchemaComparison(contract::Reading& before, contract::Reading& after, Changes& changes)
    : before_(before.sources, before.description.version),
      after_(after.sources, after.description.version),
      changes_(changes),
      same_texts_(schema_comparison::same_files(before, after)),
      same_dialect_(schema_comparison::dialect(before.description) == schema_comparison::dialect(after.description)) {}

void SchemaComparison::compare(const Node& before, const Node& after, Use use, const std::string& subject) {
  use_ = use;
  later({before}, {after}, subject);
  drain();
}

void SchemaComparison::later(Nodes before, Nodes after, std::string subject) {
  for (auto& one : before) one = before_.resolved(one);
  for (auto& one : after) one = after_.resolved(one);
  if (!seen_.insert(schema_comparison::key_of(before, after, use_)).second) return;
  waiting_.push_back({std::move(before), std::move(after), schema_comparison::shortened(std::move(subject))});
}

void SchemaComparison::drain() {
  while (!waiting_.empty()) {
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    if (trial_ != nullptr) {
      if (trial_->verdict.narrower || trial_->verdict.unclear) break;
      if (++trial_->steps > trial_steps_max) {
        trial_->verdict.unclear = true;
        break;
      }
    }
    if (++steps_ > steps_max) {
      const auto before = before_.view(next.before), after = after_.view(next.after);
      tell("too-much-to-compare", Way::unclear, {before, after, next.subject}, "there is more behind it than is compared", before.at(), after.at());
      break;
    }
    look(next);
  }
  waiting_.clear();
}

void SchemaComparison::look(const Task& task) {
  const auto before = before_.view(task.before), after = after_.view(task.after);
  const Pair pair{before, after, task.subject};
  if (before.cut || after.cut) {
    if (task.before.size() == 1 && task.after.size() == 1 && same(task.before[0], task.after[0], Content::schema)) return;
    return tell("too-much-to-compare", Way::unclear, pair, "is made of more schemas than are taken together", before.at(), after.at());
  }
  if (before.never || after.never) {
    if (before.never && after.never) return;
    return tell("never", after.never ? Way::narrower : Way::wider, pair, after.never ? "can be nothing any more" : "could be nothing, and can be now",
                before.at(), after.at());
  }
  if (look_at_direction(pair)) return;
  look_at_names(pair);
  look_at_types(pair);
  look_at_values(pair);
  look_at_bounds(pair);
  look_at_texts(pair);
  look_at_multiples(pair);
  const auto kinds = kinds_of(before_, before, 0) & kinds_of(after_, after, 0);
  if (kinds.has(Kinds::array)) look_at_items(pair);
  if (kinds.has(Kinds::object)) look_at_members(pair);
  look_at_alternatives(pair);
  look_at_opaque(pair);
}

void SchemaComparison::tell(std::string_view kind, Way way, const Pair& pair, std::string what, const Node& before, const Node& after) {
  auto effect = Effect::undecided;
  if (way == Way::narrower) effect = use_ == Use::request ? Effect::breaks : Effect::harmless;
  if (way == Way::wider) effect = use_ == Use::request ? Effect::looser : Effect::breaks;
  tell_as(effect, kind, way, pair, std::move(what), before, after);
}

void SchemaComparison::tell_as(Effect effect, std::string_view kind, Way way, const Pair& pair, std::string what, const Node& before,
                               const Node& after) {
  if (trial_ == nullptr) return changes_.add(kind, effect, pair.subject, std::move(what), before, after);
  trial_->verdict.narrower = trial_->verdict.narrower || way == Way::narrower;
  trial_->verdict.wider = trial_->verdict.wider || way == Way::wider;
  trial_->verdict.unclear = trial_->verdict.unclear || way == Way::unclear;
}

bool SchemaComparison::takes_no(const SchemaView& member) const noexcept { return use_ == Use::request ? member.read_only : member.write_only; }

/// What only the API sets is in no request, what only callers set in no answer. True: there is nothing else to compare.
bool SchemaComparison::look_at_direction(const Pair& pair) {
  const bool before = takes_no(pair.before), after = takes_no(pair.after);
  if (before && after) return true;
  const bool request = use_ == Use::request;
  if (after) {
    tell_as(Effect::breaks, request ? "became-read-only" : "became-write-only", Way::narrower, pair,
            request ? "is read-only now, and refused in requests" : "is write-only now, and no longer in answers", pair.before.at(), pair.after.at());
    return true;
  }
  if (before)
    tell_as(Effect::looser, request ? "became-writable" : "became-readable", Way::wider, pair, request ? "may be written now" : "is in answers now",
            pair.before.at(), pair.after.at());
  return before;
}

void SchemaComparison::look_at_names(const Pair& pair) {
  const auto& before = pair.before.named;
  const auto& after = pair.after.named;
  if (same_texts_ || (before.empty() && after.empty())) return;
  tell("named-reference", Way::unclear, pair, "refers to a schema by a name ('$anchor', '$id'), and the documents differ",
       before.empty() ? pair.before.at() : before.front().at, after.empty() ? pair.after.at() : after.front().at);
}

/// With what lists of values and alternatives leave.
Kinds SchemaComparison::kinds_of(SchemaViewer& viewer, const SchemaView& view, int depth) {
  constexpr int depth_max = 4;
  auto kinds = view.kinds;
  if (view.values) {
    Kinds named;
    for (const auto& value : *view.values) named = named | contract::kind_of(value.value);
    kinds = kinds & named;
  }
  if (depth >= depth_max) return kinds;
  for (const auto& alternatives : view.alternatives) {
    Kinds any;
    for (const auto& branch : alternatives.branches) any = any | kinds_of(viewer, viewer.view({branch}), depth + 1);
    kinds = kinds & any;
  }
  return kinds;
}

void SchemaComparison::look_at_types(const Pair& pair) {
  const auto before = kinds_of(before_, pair.before, 0), after = kinds_of(after_, pair.after, 0);
  const auto lost = schema_comparison::without(before, after), gained = schema_comparison::without(after, before);
  const auto& from = pair.before.type ? *pair.before.type : pair.before.at();
  const auto& to = pair.after.type ? *pair.after.type : pair.after.at();
  const auto change = "was " + schema_comparison::text_of(before) + ", is " + schema_comparison::text_of(after);
  if (!lost.none()) tell("type-narrowed", Way::narrower, pair, change, from, to);
  if (!gained.none()) tell("type-widened", Way::wider, pair, change, from, to);
}

void SchemaComparison::look_at_values(const Pair& pair) {
  const auto& before = pair.before.values;
  const auto& after = pair.after.values;
  if (!before && !after) return;
  const auto& from = pair.before.values_at ? *pair.before.values_at : pair.before.at();
  const auto& to = pair.after.values_at ? *pair.after.values_at : pair.after.at();
  if (!before) return tell("values-listed", Way::narrower, pair, "must be one of " + schema_comparison::listed(*after) + " now", from, to);
  if (!after) return tell("values-unlisted", Way::wider, pair, "need no longer be one of " + schema_comparison::listed(*before), from, to);
  const auto lacking = [](const Nodes& of, const Nodes& in) {
    Nodes out;
    for (const auto& one : of)
      if (std::ranges::none_of(in, [&](const Node& other) { return schema::equal(one.value, other.value); })) out.push_back(one);
    return out;
  };
  if (const auto lost = lacking(*before, *after); !lost.empty())
    tell("value-removed", Way::narrower, pair, "can no longer be " + schema_comparison::listed(lost), from, to);
  if (const auto gained = lacking(*after, *before); !gained.empty())
    tell("value-added", Way::wider, pair, "can be " + schema_comparison::listed(gained) + " now", from, to);
}

void SchemaComparison::look_at_bounds(const Pair& pair) {
  const bool integers = !pair.before.kinds.has(Kinds::fraction) && !pair.after.kinds.has(Kinds::fraction);
  const auto compare_one = [&](std::string_view word, const Bound* before, const Bound* after, bool upper) {
    if (before == nullptr && after == nullptr) return;
    if (before == nullptr)
      return tell("limit-tightened", Way::narrower, pair,
                  std::string(word) + " is " + schema_comparison::number_text(*after) + " now, and was not set", pair.before.at(), after->at);
    if (after == nullptr)
      return tell("limit-loosened", Way::wider, pair, std::string(word) + " was " + schema_comparison::number_text(*before) + ", and is not set now",
                  before->at, pair.after.at());
    // Of integers "more than 0" is "at least 1".
    const auto worth = [&](const Bound& bound) {
      const bool whole = integers && bound.exclusive && std::floor(bound.value) == bound.value && std::abs(bound.value) < 1e15;
      return std::pair(whole ? bound.value + (upper ? -1 : 1) : bound.value, bound.exclusive && !whole);
    };
    const auto [from, from_exclusive] = worth(*before);
    const auto [to, to_exclusive] = worth(*after);
    const auto change = std::string(word) + " was " + schema_comparison::number_text(*before) + ", is " + schema_comparison::number_text(*after);
    // Numbers that only a double makes the same.
    if (from == to && before->exclusive == after->exclusive && !schema::equal(before->at.value, after->at.value))
      return tell("limit-changed", Way::unclear, pair, change, before->at, after->at);
    if (from == to && from_exclusive == to_exclusive) return;
    const bool tighter = from == to ? to_exclusive : (upper ? to < from : to > from);
    tell(tighter ? "limit-tightened" : "limit-loosened", tighter ? Way::narrower : Way::wider, pair, change, before->at, after->at);
  };
  const auto pointer = [](const std::optional<Bound>& bound) { return bound ? &*bound : nullptr; };
  compare_one("minimum", pointer(pair.before.least), pointer(pair.after.least), false);
  compare_one("maximum", pointer(pair.before.most), pointer(pair.after.most), true);
  for (const std::string_view word : {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}) {
    const bool upper = word.starts_with("max");
    const auto set = [&](const SchemaView& view) {
      const auto* const bound = view.limit(word);
      return bound != nullptr && !upper && bound->value <= 0 ? nullptr : bound;  // none at all
    };
    compare_one(word, set(pair.before), set(pair.after), upper);
  }
}

void SchemaComparison::look_at_texts(const Pair& pair) {
  using schema_comparison::texts_of, schema_comparison::missing;
  const auto place = [](const std::vector<Word>& words, const SchemaView& view) { return words.empty() ? view.at() : words.front().at; };
  const auto pattern_before = place(pair.before.patterns, pair.before), pattern_after = place(pair.after.patterns, pair.after);
  const auto patterns = texts_of(pair.before.patterns, false), patterns_now = texts_of(pair.after.patterns, false);
  const auto lost = missing(patterns, patterns_now), gained = missing(patterns_now, patterns);
  if (!lost.empty() && !gained.empty())
    tell("pattern-changed", Way::unclear, pair, "has another pattern, and which texts keep both nobody says", pattern_before, pattern_after);
  else if (!gained.empty()) tell("pattern-added", Way::narrower, pair, "must match a pattern now", pattern_before, pattern_after);
  else if (!lost.empty()) tell("pattern-dropped", Way::wider, pair, "need no longer match a pattern", pattern_before, pattern_after);

  const auto format_before = place(pair.before.formats, pair.before), format_after = place(pair.after.formats, pair.after);
  const auto formats = texts_of(pair.before.formats, true), formats_now = texts_of(pair.after.formats, true);
  const auto gone = missing(formats, formats_now), come = missing(formats_now, formats);
  if (gone.empty() && come.empty()) return;
  if (gone.empty())
    return tell("format-added", Way::narrower, pair, "must have the format " + std::string(come.front()) + " now", format_before, format_after);
  if (come.empty())
    return tell("format-dropped", Way::wider, pair, "need no longer have the format " + std::string(gone.front()), format_before, format_after);
  const auto change = "had the format " + std::string(gone.front()) + ", has " + std::string(come.front());
  const bool single = gone.size() == 1 && come.size() == 1;
  if (single && schema_comparison::is_part_of(gone.front(), come.front()))
    return tell("format-widened", Way::wider, pair, change, format_before, format_after);
  if (single && schema_comparison::is_part_of(come.front(), gone.front()))
    return tell("format-narrowed", Way::narrower, pair, change, format_before, format_after);
  const auto known = [](std::string_view format) { return schema::format_of(format, schema::Dialect::openapi_3_0).has_value(); };
  if (!std::ranges::all_of(gone, known) || !std::ranges::all_of(come, known))
    return tell("format-changed", Way::unclear, pair, change, format_before, format_after);
  tell_as(Effect::breaks, "format-changed", Way::narrower, pair, change, format_before, format_after);
}

void SchemaComparison::look_at_multiples(const Pair& pair) {
  const auto& before = pair.before.multiples;
  const auto& after = pair.after.multiples;
  const auto same_as_any = [](const Word& word, const std::vector<Word>& others) {
    return std::ranges::any_of(others, [&](const Word& other) { return schema::equal(word.at.value, other.at.value); });
  };
  const bool lost = std::ranges::any_of(before, [&](const Word& word) { return !same_as_any(word, after); });
  const bool gained = std::ranges::any_of(after, [&](const Word& word) { return !same_as_any(word, before); });
  if (!lost && !gained) return;
  const auto& from = before.empty() ? pair.before.at() : before.front().at;
  const auto& to = after.empty() ? pair.after.at() : after.front().at;
  auto way = gained && !lost ? Way::narrower : Way::wider;
  if (lost && gained) {
    const auto was = before.front().at.value.integer(), is = after.front().at.value.integer();
    const bool plain = before.size() == 1 && after.size() == 1 && was && is && *was > 0 && *is > 0;
    if (plain && *is % *was == 0) way = Way::narrower;
    else if (plain && *was % *is == 0) way = Way::wider;
    else way = Way::unclear;
  }
  tell("multiple-changed", way, pair, "'multipleOf' is another", from, to);
}

void SchemaComparison::look_at_items(const Pair& pair) {
  if (pair.before.unique.has_value() != pair.after.unique.has_value())
    tell(pair.after.unique ? "limit-tightened" : "limit-loosened", pair.after.unique ? Way::narrower : Way::wider, pair,
         pair.after.unique ? "'uniqueItems' is true now" : "'uniqueItems' was true, and is not now",
         pair.before.unique ? *pair.before.unique : pair.before.at(), pair.after.unique ? *pair.after.unique : pair.after.at());
  const auto says = [](SchemaViewer& viewer, const Nodes& items) { return !items.empty() && !viewer.view(items).says_nothing; };
  const bool before = says(before_, pair.before.items), after = says(after_, pair.after.items);
  if (before && after) return later(pair.before.items, pair.after.items, pair.subject + ": an item");
  if (after) tell("items-described", Way::narrower, pair, "its items could be anything", pair.before.at(), pair.after.items.front());
  if (before) tell("items-undescribed", Way::wider, pair, "its items may be anything now", pair.before.items.front(), pair.after.at());
}

}  // namespace gatehouse::review
