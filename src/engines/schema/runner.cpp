#include "engines/schema/runner.hpp"

#include <algorithm>
#include <bit>

#include "engines/schema/equality.hpp"
#include "engines/schema/messages.hpp"
#include "engines/schema/recorder.hpp"

namespace gatehouse::schema {

namespace {
using json::Kind;

std::uint8_t kind_bit(json::Value value) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(value.kind())); }

/// Code points of well-formed UTF-8: the bytes that do not continue one.
std::uint64_t code_points(std::string_view text) noexcept {
  std::uint64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

/// Each index in a program is valid: looking it up asks nothing.
template <class T>
const T& of(const std::vector<T>& table, std::uint32_t index) noexcept {
  return table.data()[index];
}

bool tests(const std::vector<std::uint64_t>& bits, std::size_t index) noexcept { return (bits[index / 64] >> (index % 64) & 1U) != 0; }

/// Padding or none; white space is none of it.
std::optional<std::string> base64_decoded(std::string_view text) {
  if (!is_base64(text)) return std::nullopt;
  std::string url(text.substr(0, text.find('=')));
  for (auto& c : url) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return encoding::from_base64url(url);
}
}  // namespace

/// The words before it have told that the text is too long: then the expression, whose time grows with the text, is not asked as well.
template <class Trace>
inline bool Runner<Trace>::is_said_too_long(const Instruction& pattern, std::string_view text) const {
  if (&pattern == code_) return false;
  const auto& before = *(&pattern - 1);  // of another block it would be Op::done
  if (before.op != Op::length || !of(program_.patterns, pattern.a)->backtracks()) return false;
  const auto most = of(program_.bounds, before.a).most;
  return text.size() > most && code_points(text) > most;
}

template <class Trace>
inline bool Runner<Trace>::keeps_type(const Instruction& at, json::Value value) const {
  if ((at.small & kind_bit(value)) != 0) return true;
  if (value.kind() != Kind::real) return false;
  if (at.flag) return Number(value).is_whole();
  // Draft 4 asks how it is written; an integer of many digits is a real here, told by its text.
  const auto digits = value.digits();
  return (at.small & 1U << static_cast<unsigned>(Kind::integer)) != 0 && digits && digits->ends_with("e0") && !digits->contains('.');
}

/// What a block changed and must be as before when it ends, however it ends.
template <class Trace>
struct Runner<Trace>::Frame {
  explicit Frame(Runner& runner) noexcept : runner_(runner) {}
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() {
    ++runner_.depth_left_;  // entered it has who made this
    if (scoped) runner_.scratch_.scopes.pop_back();
    if (!tracks) return;
    runner_.tracking_ = tracked_before;
    if (!tracked_before) runner_.scratch_.marks.resize(first_mark);
  }
  void track() noexcept {
    tracks = true;
    tracked_before = std::exchange(runner_.tracking_, true);
    first_mark = runner_.scratch_.marks.size();
  }
  Runner& runner_;
  bool scoped = false, tracks = false, tracked_before = false;
  std::size_t first_mark = 0;
};

template <class Trace>
inline bool Runner<Trace>::step_value(const Instruction& at, json::Value value) {
  // `say` makes the words only when they are recorded.
  const auto judged = [&](bool kept, [[maybe_unused]] auto say) {
    if constexpr (Trace::records) {
      if (!kept && trace_.wants_more()) trace_.violate(at.place, say());
    }
    return kept;
  };
  switch (at.op) {
    case Op::type: return judged(keeps_type(at, value), [&] { return messages::type(at); });
    case Op::choice:
      return judged(keeps_choice(of(program_.choices, at.a), value), [&] { return messages::choice(program_, of(program_.choices, at.a)); });
    case Op::range: return keeps_range(at, of(program_.ranges, at.a), value);
    case Op::multiple_of: {
      const auto& quotient = of(program_.divisors, at.a);
      return judged(!value.is_number() || quotient.divisor.divides(Number(value)),
                    [&] { return messages::bound(program_, "a multiple of", quotient.literal); });
    }
    case Op::length: {
      const auto text = value.string();
      if (!text) return true;
      const auto& bounds = of(program_.bounds, at.a);
      // Between a quarter of its bytes and all of them lies the count.
      if (text->size() <= bounds.most && (text->size() + 3) / 4 >= bounds.least) return true;
      return keeps_bounds(at, code_points(*text));
    }
    case Op::pattern: {
      const auto text = value.string();
      if constexpr (Trace::records)
        if (text && is_said_too_long(at, *text)) return true;
      return judged(!text || found(*of(program_.patterns, at.a), *text), [&] { return messages::pattern(*of(program_.patterns, at.a)); });
    }
    case Op::format: {
      const auto format = static_cast<Format>(at.small);
      return judged(keeps_format(format, value), [&] { return "must be a valid " + std::string(to_text(format)); });
    }
    case Op::done:
    case Op::never:
    case Op::scope:
    case Op::track:
    case Op::content:
    case Op::items:
    case Op::contains:
    case Op::item_count:
    case Op::unique_items:
    case Op::object:
    case Op::member_count:
    case Op::property_names:
    case Op::dependencies:
    case Op::call:
    case Op::dynamic_call:
    case Op::all_of:
    case Op::any_of:
    case Op::one_of:
    case Op::discriminated:
    case Op::negation:
    case Op::condition:
    case Op::unevaluated_properties:
    case Op::unevaluated_items:
    case Op::annotate: break;
  }
  return false;
}

template <class Trace>
bool Runner<Trace>::keeps_leaf(const Instruction* at, json::Value value) {
  for (; at->op != Op::done; ++at)
    if (!step_value(*at, value)) return false;
  return true;
}

template <class Trace>
inline bool Runner<Trace>::step(const Instruction& at, json::Value value, Frame* frame) {
  // `say` makes the words only when they are recorded.
  const auto judged = [&](bool kept, [[maybe_unused]] auto say) {
    if constexpr (Trace::records) {
      if (!kept) trace_.violate(at.place, say());
    }
    return kept;
  };
  switch (at.op) {
    case Op::done: return true;
    case Op::never: return judged(false, [] { return "nothing is allowed here"; });
    case Op::scope:
      scratch_.scopes.push_back(at.a);
      frame->scoped = true;
      return true;
    case Op::track: frame->track(); return true;
    case Op::type:
    case Op::choice:
    case Op::range:
    case Op::multiple_of:
    case Op::length:
    case Op::pattern:
    case Op::format: return step_value(at, value);
    case Op::content: return judged(keeps_content(at, value), [] { return "its content is not of the kind that is described"; });
    case Op::items: return !value.is_array() || keeps_items(of(program_.items, at.a), value);
    case Op::contains: return !value.is_array() || keeps_contains(at, of(program_.contains, at.a), value);
    case Op::item_count: return !value.is_array() || keeps_bounds(at, value.size());
    case Op::unique_items: return judged(!value.is_array() || keeps_unique(value), [] { return "must not have the same element twice"; });
    case Op::object: return !value.is_object() || keeps_object(of(program_.objects, at.a), value);
    case Op::member_count: return !value.is_object() || keeps_bounds(at, value.size());
    case Op::property_names: return !value.is_object() || keeps_property_names(at.a, value);
    case Op::dependencies: return !value.is_object() || keeps_dependencies(at, value);
    case Op::call: return keeps_call(at, value);
    case Op::dynamic_call: return keeps_dynamic_call(at, value);
    case Op::all_of: return keeps_all_of(at, value);
    case Op::any_of: return keeps_any_of(at, value);
    case Op::one_of: return keeps_one_of(at, value);
    case Op::discriminated: return keeps_discriminated(at, value);
    case Op::negation: return judged(keeps_negation(at, value), [] { return "must not be what is described here"; });
    case Op::condition: return keeps_condition(at, value);
    case Op::unevaluated_properties: return !value.is_object() || keeps_unevaluated(at, value, *frame);
    case Op::unevaluated_items: return !value.is_array() || keeps_unevaluated(at, value, *frame);
    case Op::annotate:
      if constexpr (Trace::records) {
        if ((at.small & kind_bit(value)) != 0) trace_.annotate(at);
      }
      return true;
  }
  return false;
}

template <class Trace>
inline bool Runner<Trace>::run_way(const Way& way, BlockId block, json::Value value) {
  if ((way.kinds & kind_bit(value)) == 0) [[unlikely]]
    return run_untyped(block, value);
  if (way.form == BlockForm::nothing) return true;  // the commonest two by themselves: a processor foresees an `if` better than a table of jumps
  if (way.form == BlockForm::leaf) return keeps_leaf(code_ + way.rest, value);
  switch (way.form) {
    case BlockForm::nothing:
    case BlockForm::leaf: return true;  // answered above
    case BlockForm::object: return !value.is_object() || (enter() && leave(keeps_object(of(program_.objects, code_[way.rest].a), value)));
    case BlockForm::items: return !value.is_array() || (enter() && leave(keeps_items(of(program_.items, code_[way.rest].a), value)));
    case BlockForm::plain: return run_plain(code_ + way.rest, value);
    case BlockForm::framed: return run_framed(code_ + way.rest, value);
  }
  return false;
}

template <class Trace>
inline bool Runner<Trace>::run(BlockId block, json::Value value) {
  if constexpr (Trace::records) {
    return run_framed(code_ + blocks_[block].first, value);
  } else {
    const Way& way = blocks_[block].way;
    // Alternatives may be many for one value, so each of them is a step, whatever it is; the others are counted when they are entered.
    const bool entered = way.form != BlockForm::nothing && way.form != BlockForm::leaf;
    if (!entered && (way.kinds & kind_bit(value)) != 0 && !spend(1)) return false;
    return run_way(way, block, value);
  }
}

template <class Trace>
Verdict Runner<Trace>::judge(BlockId entry, json::Value instance) {
  if (!program_.entry_scopes.empty())
    if (const auto scope = program_.entry_scopes.find(entry); scope != program_.entry_scopes.end()) scratch_.scopes.push_back(scope->second);
  const bool kept = run(entry, instance);
  return exhausted_ ? Verdict::undecided : kept ? Verdict::valid : Verdict::invalid;
}

template <class Trace>
bool Runner<Trace>::run_plain(const Instruction* at, json::Value value) {
  if (!enter()) return false;
  for (; at->op != Op::done; ++at) {
    if (at->op == Op::call && at->flag) return leave(run(at->a, value));  // nothing is left to do here
    if (!step(*at, value, nullptr)) return leave(false);
  }
  return leave(true);
}

template <class Trace>
bool Runner<Trace>::run_framed(const Instruction* at, json::Value value) {
  if (!enter()) return false;
  Frame frame(*this);
  bool kept = true;
  for (; at->op != Op::done; ++at) {
    kept = step(*at, value, &frame) && kept;
    if constexpr (!Trace::records)
      if (!kept) return false;
  }
  return kept;
}

/// Alternatives mostly differ in a member that is one of a few words. It is looked at before the members that hold more alternatives: values within values would else take as
/// many steps as there are ways to choose in all of them.
template <class Trace>
bool Runner<Trace>::may_fit(BlockId block, json::Value object) {
  const auto* at = code_ + blocks_[block].silent;
  while (at->op != Op::object && at->op != Op::done) ++at;
  if (at->op == Op::done) return true;
  const auto& table = of(program_.objects, at->a);
  if (!table.tells_soon) return true;
  for (const auto member : object.members()) {
    const Slot* const slot = program_.find(table.slots, table.mask, member.name);
    const bool telling = slot != nullptr && slot->block != none && slot->way.form == BlockForm::leaf && code_[slot->way.rest].op == Op::choice;
    if (telling && !run_way(slot->way, slot->block, member.value)) return false;
  }
  return true;
}

template <class Trace>
bool Runner<Trace>::branch(BlockId block, json::Value value) {
  const auto marks = scratch_.marks.size();
  if constexpr (Trace::records) {
    const auto before = trace_.mark();
    const bool kept = run(block, value);
    if (!kept) trace_.rewind_annotations(before);
    if (!kept) scratch_.marks.resize(marks);
    return kept;
  } else {
    if (value.is_object() && !may_fit(block, value)) {
      static_cast<void>(spend(1));  // it was an alternative, if a cheap one
      return false;
    }
    const bool kept = run(block, value);
    if (!kept) scratch_.marks.resize(marks);
    return kept;
  }
}

// --- one value ---------------------------------------------------------------------------------------------------------

template <class Trace>
bool Runner<Trace>::keeps_choice(const Choice& choice, json::Value value) const {
  if (const auto text = value.string()) return choice.has_strings && program_.find(choice.slots, choice.mask, *text) != nullptr;
  if ((choice.kinds & kind_bit(value)) == 0) return false;
  const auto *const first = program_.choice_values.data() + choice.others, *const last = first + choice.other_count;
  const auto hash = hash_of(value, program_.seed);
  for (const auto *at = std::lower_bound(first, last, hash, [](const ChoiceValue& one, std::uint64_t key) { return one.hash < key; });
       at != last && at->hash == hash; ++at)
    if (equal(at->value, value)) return true;
  return false;
}

template <class Trace>
bool Runner<Trace>::keeps_range(const Instruction& at, const Range& range, json::Value value) {
  if (!value.is_number()) return true;
  if (range.fast && value.kind() != Kind::natural && !value.digits()) {
    const auto integer = value.integer();
    const double real = integer ? 0 : *value.number();
    const bool good = integer ? *integer >= range.low && *integer <= range.high
                              : (range.least_excluded ? real > range.least_real : real >= range.least_real) &&
                                    (range.most_excluded ? real < range.most_real : real <= range.most_real);
    if (good) return true;
    if constexpr (!Trace::records) return false;
  }
  static_cast<void>(at);
  const Number number(value);
  bool kept = true;
  const auto judge_one = [&](bool has, std::uint32_t literal, bool excluded, bool least, PlaceId place) {
    if (!has) return;
    const auto order = number.compare(Number(of(program_.literals, literal).root()));
    const bool good = (order == 0 && !excluded) || (least ? order > 0 : order < 0);
    kept = kept && good;
    if constexpr (Trace::records) {
      const std::string_view relation = least ? (excluded ? "greater than" : "at least") : excluded ? "less than" : "at most";
      if (!good) trace_.violate(place, messages::bound(program_, relation, literal));
    } else {
      static_cast<void>(place);
    }
  };
  judge_one(range.has_least, range.least, range.least_excluded, true, range.least_place);
  judge_one(range.has_most, range.most, range.most_excluded, false, range.most_place);
  return kept;
}

template <class Trace>
bool Runner<Trace>::keeps_bounds(const Instruction& at, std::uint64_t count) {
  const auto& bounds = of(program_.bounds, at.a);
  if (count >= bounds.least && count <= bounds.most) return true;
  if constexpr (Trace::records) {
    const auto noun = [&]() -> std::pair<std::string_view, std::string_view> {
      if (at.op == Op::length) return {"character", "characters"};
      if (at.op == Op::item_count) return {"element", "elements"};
      return {"member", "members"};
    }();
    if (count < bounds.least) trace_.violate(bounds.least_place, messages::count("at least", bounds.least, noun.first, noun.second));
    if (count > bounds.most) trace_.violate(bounds.most_place, messages::count("at most", bounds.most, noun.first, noun.second));
  }
  return false;
}

template <class Trace>
bool Runner<Trace>::keeps_content(const Instruction& at, json::Value value) const {
  const auto text = value.string();
  if (!text) return true;
  std::string decoded;
  std::string_view content = *text;
  if ((at.small & content_base64) != 0) {
    auto bytes = base64_decoded(content);
    if (!bytes) return false;
    decoded = std::move(*bytes);
    content = decoded;
  }
  return (at.small & content_json) == 0 || json::parse(content).has_value();
}

// --- arrays ------------------------------------------------------------------------------------------------------------

template <class Trace>
bool Runner<Trace>::keeps_items(const Items& items, json::Value value) {
  bool kept = true;
  std::size_t index = 0;
  for (const auto element : value.elements()) {
    const auto block = index < items.prefix_count ? of(program_.lists, items.prefix + index) : items.rest;
    if (block == none) break;
    if constexpr (Trace::records) trace_.enter(index);
    const bool good = descend(block, element);
    if constexpr (Trace::records) trace_.leave();
    if constexpr (!Trace::records)
      if (!good) return false;
    kept = kept && good;
    ++index;
  }
  mark(items.rest != none ? mark_all : mark_prefix | static_cast<std::uint32_t>(std::min<std::size_t>(index, mark_prefix - 1)));
  return kept;
}

template <class Trace>
bool Runner<Trace>::keeps_contains(const Instruction& at, const Contains& contains, json::Value value) {
  std::uint64_t count = 0;
  std::uint32_t index = 0;
  for (const auto element : value.elements()) {
    bool fits = false;
    if constexpr (Trace::records) {
      auto before = trace_.mark();
      trace_.enter(std::size_t{index});
      fits = descend(contains.block, element);
      trace_.leave();
      if (!fits) trace_.rewind(before);
    } else {
      fits = descend(contains.block, element);
    }
    if (fits) {
      ++count;
      if (contains.evaluates) mark(index);
      if constexpr (!Trace::records)
        if (!tracking_ && count >= contains.least && contains.most == ~std::uint64_t{0}) return true;
    }
    ++index;
  }
  if (count >= contains.least && count <= contains.most) return true;
  if constexpr (Trace::records) {
    const bool few = count < contains.least;
    const auto place = few ? contains.least_place : contains.most_place;
    trace_.violate(
        place == none ? at.place : place,
        messages::count(few ? "at least" : "at most", few ? contains.least : contains.most, "element", "elements") + " of the kind described here");
  }
  return false;
}

template <class Trace>
bool Runner<Trace>::keeps_unique(json::Value value) {
  constexpr std::size_t few = 6;
  const auto count = value.size();
  if (count < 2) return true;
  if (!spend(count)) return false;
  if (count <= few) {
    const auto elements = value.elements();
    for (auto a = elements.begin(); a != elements.end(); ++a)
      for (auto b = elements.begin(); b != a; ++b)
        if (equal(*a, *b)) return false;
    return true;
  }
  auto& hashes = scratch_.hashes;
  hashes.clear();
  for (const auto element : value.elements()) hashes.push_back({hash_of(element, program_.seed), element});
  std::ranges::sort(hashes, {}, &RunnerScratch::Hashed::hash);
  for (std::size_t i = 1; i < hashes.size(); ++i) {
    for (std::size_t j = i; j > 0 && hashes[j - 1].hash == hashes[i].hash; --j) {
      if (!spend(1)) return false;  // the hash is keyed, and still no hostile array shall cost its square
      if (equal(hashes[i].value, hashes[j - 1].value)) return false;
    }
  }
  return true;
}

// --- objects -----------------------------------------------------------------------------------------------------------

template <class Trace>
bool Runner<Trace>::keeps_object(const ObjectTable& table, json::Value value) {
  const auto direction = static_cast<unsigned>(direction_);
  std::uint32_t required = 0, index = 0, next = 0;
  bool kept = true;
  const Slot* const order = program_.slots.data() + table.order;
  // What nobody asked for lately is fetched all at once, and not one member after the other.
  constexpr std::uint32_t fetched_max = 10;
  for (std::uint32_t i = 0; i < std::min(table.name_count, fetched_max); i += 2) __builtin_prefetch(order + i);
  for (const auto member : value.members()) {
    // Senders mostly keep the order of the schema, but for some members that they leave out: then no hash is needed.
    constexpr std::uint32_t left_out_max = 3;
    const Slot* slot = nullptr;
    for (auto at = next, last = std::min(next + left_out_max + 1, table.name_count); at < last && slot == nullptr; ++at)
      if (program_.is_named(order[at], member.name)) slot = order + at;
    if (slot == nullptr) slot = program_.find(table.slots, table.mask, member.name);
    if (slot != nullptr) {
      required += slot->required >> direction & 1U;
      next = slot->order + 1U;
    }
    if constexpr (!Trace::records) {  // the way that most members take
      const bool plain = slot != nullptr && slot->block != none && (slot->forbidden >> direction & 1U) == 0 && table.name_pattern_count == 0;
      if (plain) {
        if (tracking_) [[unlikely]] {
          if (!descend(slot->block, member.value)) return false;
          if (table.additional == none) mark(index);
        } else if (!run_way(slot->way, slot->block, member.value)) {
          return false;
        }
        ++index;
        continue;
      }
    }
    const bool good = keeps_member(table, slot, member, index++);
    if constexpr (!Trace::records)
      if (!good) return false;
    kept = kept && good;
  }
  if (table.additional != none) mark(mark_all);            // whatever the others do not speak of, it does
  if (required == table.required[direction]) return kept;  // no name stands twice in an object, so counting is enough
  if constexpr (Trace::records) {
    for (std::uint32_t i = 0; i < table.required_name_count; ++i) {
      const auto name = program_.text(of(program_.lists, table.required_names + i));
      const Slot* const slot = program_.find(table.slots, table.mask, name);
      if ((slot->required >> direction & 1U) != 0 && !value.get(name))
        trace_.violate(table.required_place, "must have the member " + messages::quoted(name));
    }
  }
  return false;
}

template <class Trace>
bool Runner<Trace>::keeps_member(const ObjectTable& table, const Slot* slot, json::Member member, std::uint32_t index) {
  bool kept = true, spoken_of = false;
  const auto judge_by = [&](BlockId block, std::uint8_t forbidden) {
    spoken_of = true;
    const bool shut_out = (forbidden >> static_cast<unsigned>(direction_) & 1U) != 0;
    if constexpr (Trace::records) {
      trace_.enter(member.name);
      if (shut_out)
        trace_.violate(of(program_.blocks, block).place,
                       direction_ == Direction::request ? "is read-only: a request must not bring it" : "is write-only: a response must not show it");
    }
    kept = !shut_out && descend(block, member.value) && kept;
    if constexpr (Trace::records) trace_.leave();
    return kept || Trace::records;
  };
  if (slot != nullptr && slot->block != none && !judge_by(slot->block, slot->forbidden)) return false;
  for (std::uint32_t i = 0; i < table.name_pattern_count; ++i) {
    const auto& by_pattern = of(program_.name_patterns, table.name_patterns + i);
    if (found(*of(program_.patterns, by_pattern.pattern), member.name) && !judge_by(by_pattern.block, by_pattern.forbidden)) return false;
  }
  if (!spoken_of && table.additional != none && !judge_by(table.additional, table.additional_forbidden)) return false;
  if (spoken_of && table.additional == none) mark(index);
  return kept;
}

template <class Trace>
bool Runner<Trace>::keeps_property_names(BlockId block, json::Value value) {
  bool kept = true;
  for (auto at = value.members().begin(), end = value.members().end(); at != end; ++at) {
    bool good = false;
    if constexpr (Trace::records) {
      const auto before = trace_.mark();
      trace_.enter((*at).name);
      trace_.begin_name();
      good = descend(block, at.name_value());
      trace_.end_name();
      trace_.leave();
      trace_.rewind_annotations(before);  // a remark on a name is none on what it names
    } else {
      good = descend(block, at.name_value());
      if (!good) return false;
    }
    kept = kept && good;
  }
  return kept;
}

template <class Trace>
bool Runner<Trace>::keeps_dependencies(const Instruction& at, json::Value value) {
  bool kept = true;
  for (std::uint32_t i = 0; i < at.b; ++i) {
    const auto& dependency = of(program_.dependencies, at.a + i);
    if (!value.get(program_.text(dependency.name))) continue;
    for (std::uint32_t k = 0; k < dependency.required_count; ++k) {
      const auto name = program_.text(of(program_.lists, dependency.required + k));
      if (value.get(name)) continue;
      kept = false;
      if constexpr (!Trace::records) return false;
      else
        trace_.violate(dependency.place,
                       "must have the member " + messages::quoted(name) + ", since it has " + messages::quoted(program_.text(dependency.name)));
    }
    if (dependency.block != none) kept = run(dependency.block, value) && kept;
    if constexpr (!Trace::records)
      if (!kept) return false;
  }
  return kept;
}

// --- other schemas for the same value ----------------------------------------------------------------------------------

template <class Trace>
bool Runner<Trace>::keeps_call(const Instruction& at, json::Value value) {
  if constexpr (Trace::records) trace_.jump(at.place, of(program_.blocks, at.a).place);
  if (at.b != none) scratch_.scopes.push_back(at.b);
  const bool kept = run(at.a, value);
  if (at.b != none) scratch_.scopes.pop_back();
  if constexpr (Trace::records) trace_.come_back();
  return kept;
}

template <class Trace>
bool Runner<Trace>::keeps_dynamic_call(const Instruction& at, json::Value value) {
  auto target = at.b;
  auto resource = none;
  for (const auto scope : scratch_.scopes) {  // the outermost that has it (core section 8.2.3.2)
    const auto found_here = program_.dynamic_anchors.find(static_cast<std::uint64_t>(scope) << 32 | at.a);
    if (found_here == program_.dynamic_anchors.end()) continue;
    target = found_here->second;
    resource = scope;
    break;
  }
  if constexpr (Trace::records) trace_.jump(at.place, of(program_.blocks, target).place);
  if (resource != none) scratch_.scopes.push_back(resource);
  const bool kept = run(target, value);
  if (resource != none) scratch_.scopes.pop_back();
  if constexpr (Trace::records) trace_.come_back();
  return kept;
}

template <class Trace>
bool Runner<Trace>::keeps_all_of(const Instruction& at, json::Value value) {
  bool kept = true;
  for (std::uint32_t i = 0; i < at.b; ++i) {
    kept = run(of(program_.lists, at.a + i), value) && kept;
    if constexpr (!Trace::records)
      if (!kept) return false;
  }
  return kept;
}

template <class Trace>
bool Runner<Trace>::keeps_any_of(const Instruction& at, json::Value value) {
  bool any = false;
  if constexpr (Trace::records) {
    const auto before = trace_.mark();
    const auto told = trace_.reserve();
    const auto parent = trace_.begin_reasons();
    for (std::uint32_t i = 0; i < at.b; ++i) {
      const bool mute = any;
      if (mute) trace_.mute();
      any = branch(of(program_.lists, at.a + i), value) || any;
      if (mute) trace_.unmute();
    }
    trace_.end_reasons(parent);
    if (any) trace_.rewind_violations(before);
    else trace_.fill(told, at.place, "must fit at least one of " + std::to_string(at.b) + " alternatives");
  } else {
    for (std::uint32_t i = 0; i < at.b; ++i) {
      any = branch(of(program_.lists, at.a + i), value) || any;
      if (any && !tracking_) return true;  // with `unevaluated...` every alternative that fits counts
    }
  }
  return any;
}

template <class Trace>
bool Runner<Trace>::keeps_one_of(const Instruction& at, json::Value value) {
  std::uint32_t fitting = 0;
  if constexpr (Trace::records) {
    const auto before = trace_.mark();
    const auto told = trace_.reserve();
    const auto parent = trace_.begin_reasons();
    for (std::uint32_t i = 0; i < at.b; ++i) {
      const bool mute = fitting > 0;
      if (mute) trace_.mute();
      fitting += branch(of(program_.lists, at.a + i), value) ? 1 : 0;
      if (mute) trace_.unmute();
    }
    trace_.end_reasons(parent);
    if (fitting > 0) trace_.rewind_violations(before);
    else trace_.fill(told, at.place, "must fit one of " + std::to_string(at.b) + " alternatives");
    if (fitting > 1)
      trace_.violate(at.place, "must fit exactly one of " + std::to_string(at.b) + " alternatives, and fits " + std::to_string(fitting));
  } else {
    for (std::uint32_t i = 0; i < at.b && fitting < 2; ++i) fitting += branch(of(program_.lists, at.a + i), value) ? 1 : 0;
  }
  return fitting == 1;
}

template <class Trace>
bool Runner<Trace>::keeps_discriminated(const Instruction& at, json::Value value) {
  const auto& discriminator = of(program_.discriminators, at.a);
  if (!value.is_object()) {  // an alternative may allow null
    const Instruction plain{
        .op = discriminator.one_of ? Op::one_of : Op::any_of, .a = discriminator.alternatives, .b = discriminator.count, .place = at.place};
    return discriminator.one_of ? keeps_one_of(plain, value) : keeps_any_of(plain, value);
  }
  const auto member = program_.text(discriminator.member);
  const auto named = value.get(member);
  const auto name = named ? named->string() : std::nullopt;
  const Slot* const slot = name ? program_.find(discriminator.slots, discriminator.mask, *name) : nullptr;
  if (slot != nullptr) return run(slot->block, value);
  if constexpr (Trace::records) {
    if (!named) {
      trace_.violate(at.place, "must have the member " + messages::quoted(member) + ", which says what it is");
    } else {
      trace_.enter(member);
      trace_.violate(at.place, messages::names(program_, discriminator));
      trace_.leave();
    }
  }
  return false;
}

template <class Trace>
bool Runner<Trace>::keeps_negation(const Instruction& at, json::Value value) {
  const auto marks = scratch_.marks.size();
  bool fits = false;
  if constexpr (Trace::records) {
    const auto before = trace_.mark();
    trace_.mute();
    fits = run(at.a, value);
    trace_.unmute();
    trace_.rewind(before);
  } else {
    fits = run(at.a, value);
  }
  scratch_.marks.resize(marks);
  return !fits;
}

template <class Trace>
bool Runner<Trace>::keeps_condition(const Instruction& at, json::Value value) {
  const auto& condition = of(program_.conditions, at.a);
  bool holds = false;
  if constexpr (Trace::records) {
    const auto before = trace_.mark();
    trace_.mute();
    holds = branch(condition.test, value);
    trace_.unmute();
    if (!holds) trace_.rewind(before);
  } else {
    holds = branch(condition.test, value);
  }
  const auto next = holds ? condition.then : condition.otherwise;
  return next == none || run(next, value);
}

// --- what nothing else evaluated ---------------------------------------------------------------------------------------

template <class Trace>
void Runner<Trace>::gather_evaluated(std::size_t first_mark, std::size_t count) {
  auto& bits = scratch_.evaluated;
  bits.assign((count + 63) / 64, 0);
  for (auto i = first_mark; i < scratch_.marks.size(); ++i) {
    const auto what = scratch_.marks[i];
    if (what == mark_all) {
      std::ranges::fill(bits, ~std::uint64_t{0});
      return;
    }
    if ((what & mark_prefix) == 0) {
      bits[what / 64] |= std::uint64_t{1} << (what % 64);
      continue;
    }
    const auto prefix = what & ~mark_prefix;
    for (std::uint32_t k = 0; k < prefix; ++k) bits[k / 64] |= std::uint64_t{1} << (k % 64);
  }
}

template <class Trace>
bool Runner<Trace>::keeps_unevaluated(const Instruction& at, json::Value value, const Frame& frame) {
  if (value.size() == 0) return true;
  // A large object under many such schemas costs its size each time.
  if (!spend(value.size() / 64 + scratch_.marks.size() - frame.first_mark + 1)) return false;
  gather_evaluated(frame.first_mark, value.size());
  // The bits are asked for while schemas run that need such bits of their own: those in question are taken out into the log first.
  std::uint32_t left = 0;
  const auto first = scratch_.marks.size();
  for (std::uint32_t i = 0; i < value.size(); ++i) {
    if (tests(scratch_.evaluated, i)) continue;
    scratch_.marks.push_back(i);
    ++left;
  }
  bool kept = true;
  std::uint32_t index = 0, next = 0;
  const auto judge_one = [&](json::Value child, [[maybe_unused]] auto name) {
    if (next == left || scratch_.marks[first + next] != index++) return true;
    ++next;
    if constexpr (Trace::records) trace_.enter(name);
    const bool good = descend(at.a, child);
    if constexpr (Trace::records) trace_.leave();
    kept = kept && good;
    return good || Trace::records;
  };
  if (value.is_object()) {
    for (const auto [name, child] : value.members())
      if (!judge_one(child, name)) return false;
  } else {
    for (const auto child : value.elements())
      if (!judge_one(child, std::size_t{index})) return false;
  }
  scratch_.marks.resize(first);
  mark(mark_all);
  return kept;
}

template class Runner<Silent>;
template class Runner<Recorder>;

}  // namespace gatehouse::schema
