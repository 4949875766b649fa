// Runs a program over a value. One template, two uses: silent (yes or no, ended at the first no) and recording (every violation, annotations).
//
// What `unevaluated...` asks for is kept in one log, `marks`: the index of each member or element that a schema evaluated. A branch that fails
// takes back what it noted by cutting the log; a value within the value has a part of the log of its own, which is gone when judging comes
// back. Nothing is noted where no `unevaluated...` will ask.
//
// Invariant: a limit, once reached, makes the verdict `undecided`, whatever `not` and `anyOf` would make of it.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "engines/schema/program.hpp"
#include "engines/schema/schema.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::schema {

/// Memory that judging may need, kept by a thread from one instance to the next.
struct RunnerScratch {
  std::vector<std::uint32_t> marks;
  std::vector<std::uint64_t> evaluated;  // bits by index, of one instance at a time
  std::vector<std::uint32_t> scopes;
  struct Hashed {
    std::uint64_t hash;
    json::Value value;
  };
  std::vector<Hashed> hashes;
};

inline constexpr std::uint32_t mark_all = 0xFFFFFFFF;
inline constexpr std::uint32_t mark_prefix = 0x80000000;  // with a count: that many from the beginning

/// Records nothing and lets the runner stop at the first violation.
struct Silent {
  static constexpr bool records = false;
};

class Recorder;  // recorder.hpp

template <class Trace>
class Runner {
 public:
  Runner(const Program& program, Direction direction, const CheckLimits& limits, RunnerScratch& scratch, Trace& trace) noexcept
      : program_(program),
        code_(program.code.data()),
        blocks_(program.blocks.data()),
        direction_(direction),
        depth_left_(limits.depth),
        steps_left_(limits.steps),
        scratch_(scratch),
        trace_(trace) {
    scratch_.marks.clear();
    scratch_.scopes.clear();
  }

  [[nodiscard]] std::uint64_t steps_left() const noexcept { return steps_left_; }
  [[nodiscard]] Verdict judge(BlockId entry, json::Value instance);

 private:
  struct Frame;
  /// The same value by another block.
  [[gnu::always_inline]] inline bool run(BlockId block, json::Value value);
  /// Silently, the way being that of the block.
  [[gnu::always_inline]] inline bool run_way(const Way& way, BlockId block, json::Value value);
  /// All instructions from there on, recording or not.
  bool run_framed(const Instruction* at, json::Value value);
  // What silent runs do.
  bool run_plain(const Instruction* at, json::Value value);
  [[gnu::noinline]] bool run_untyped(BlockId block, json::Value value) { return run_framed(code_ + blocks_[block].silent, value); }
  bool keeps_leaf(const Instruction* at, json::Value value);
  /// The part of `step` that is_leaf() speaks of.
  [[gnu::always_inline]] inline bool step_value(const Instruction& at, json::Value value);
  [[gnu::always_inline]] inline bool step(const Instruction& at, json::Value value, Frame* frame);

  [[gnu::always_inline]] inline bool run_within(BlockId block, json::Value child) {
    if constexpr (Trace::records) return run(block, child);
    else return run_way(blocks_[block].way, block, child);
  }
  /// A value within the value; `trace` has been told where.
  [[gnu::always_inline]] inline bool descend(BlockId block, json::Value child) {
    if (!tracking_) [[likely]]
      return run_within(block, child);
    tracking_ = false;
    const bool kept = run_within(block, child);
    tracking_ = true;
    return kept;
  }
  /// The same value by another schema that may say no without harm.
  bool branch(BlockId block, json::Value value);
  [[nodiscard]] bool may_fit(BlockId block, json::Value object);
  void mark(std::uint32_t what) {
    if (tracking_) scratch_.marks.push_back(what);
  }
  /// One block deeper; left again by `leave`.
  bool enter() noexcept {
    if (depth_left_ == 0 || steps_left_ == 0) [[unlikely]]
      return exhausted();
    --depth_left_;
    --steps_left_;
    return true;
  }
  bool leave(bool kept) noexcept {
    ++depth_left_;
    return kept;
  }
  bool exhausted() noexcept {
    exhausted_ = true;
    return false;
  }
  bool spend(std::uint64_t steps) noexcept {
    if (steps > steps_left_) {
      steps_left_ = 0;
      return exhausted();
    }
    steps_left_ -= steps;
    return true;
  }
  bool found(const Pattern& pattern, std::string_view text) noexcept {
    const auto match = pattern.search(text, steps_left_);
    return match == Pattern::Match::exhausted ? exhausted() : match == Pattern::Match::yes;
  }

  [[nodiscard]] inline bool is_said_too_long(const Instruction& pattern, std::string_view text) const;
  [[gnu::always_inline]] inline bool keeps_type(const Instruction& at, json::Value value) const;
  bool keeps_choice(const Choice& choice, json::Value value) const;
  bool keeps_range(const Instruction& at, const Range& range, json::Value value);
  bool keeps_bounds(const Instruction& at, std::uint64_t count);
  bool keeps_content(const Instruction& at, json::Value value) const;
  bool keeps_items(const Items& items, json::Value value);
  bool keeps_contains(const Instruction& at, const Contains& contains, json::Value value);
  bool keeps_unique(json::Value value);
  bool keeps_object(const ObjectTable& table, json::Value value);
  bool keeps_member(const ObjectTable& table, const Slot* slot, json::Member member, std::uint32_t index);
  bool keeps_property_names(BlockId block, json::Value value);
  bool keeps_dependencies(const Instruction& at, json::Value value);
  bool keeps_call(const Instruction& at, json::Value value);
  bool keeps_dynamic_call(const Instruction& at, json::Value value);
  bool keeps_all_of(const Instruction& at, json::Value value);
  bool keeps_any_of(const Instruction& at, json::Value value);
  bool keeps_one_of(const Instruction& at, json::Value value);
  bool keeps_discriminated(const Instruction& at, json::Value value);
  bool keeps_negation(const Instruction& at, json::Value value);
  bool keeps_condition(const Instruction& at, json::Value value);
  bool keeps_unevaluated(const Instruction& at, json::Value value, const Frame& frame);
  void gather_evaluated(std::size_t first_mark, std::size_t count);

  const Program& program_;
  const Instruction* code_;
  const Block* blocks_;
  Direction direction_;
  std::uint32_t depth_left_;
  std::uint64_t steps_left_;
  RunnerScratch& scratch_;
  Trace& trace_;
  bool tracking_ = false;
  bool exhausted_ = false;
};

}  // namespace gatehouse::schema
