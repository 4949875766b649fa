// What a recording runner notes: where it is, in the instance and in the schema, and what was not kept there.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/schema/program.hpp"
#include "engines/schema/report.hpp"

namespace gatehouse::schema {

class Recorder {
 public:
  static constexpr bool records = true;

  Recorder(const Program& program, BlockId entry, std::size_t violations_max)
      : program_(program), violations_max_(std::max<std::size_t>(violations_max, 1)), entry_(program.blocks[entry].place) {}

  void enter(std::string_view name) { path_.push_back({name, 0, true}); }
  void enter(std::size_t index) { path_.push_back({{}, index, false}); }
  void leave() { path_.pop_back(); }

  /// In between, what is judged is the name of a member.
  void begin_name() noexcept { ++names_; }
  void end_name() noexcept { --names_; }

  /// Locations go on through a reference.
  void jump(PlaceId from, PlaceId to) { jumps_.push_back({from, to}); }
  void come_back() { jumps_.pop_back(); }

  /// False, and that there is more is noted: enough is recorded, and no words need be made.
  [[nodiscard]] bool wants_more() noexcept {
    if (muted_ > 0) return false;
    const bool enough = violations_.size() >= violations_max_ || words_left_ == 0;
    cut_ = cut_ || enough;
    return !enough;
  }
  void violate(PlaceId place, std::string message);
  /// A violation that is told only if what follows turns out so: its words are made by `fill`, where the recorder is where it was. Nothing: there is no room.
  [[nodiscard]] std::optional<std::size_t> reserve();
  void fill(std::optional<std::size_t> reserved, PlaceId place, std::string message);
  /// In between, violations do not count: another alternative fits already.
  void mute() noexcept { ++muted_; }
  void unmute() noexcept { --muted_; }
  void annotate(const Instruction& at);

  /// What was noted so far, to go back to when a branch turns out not to count.
  struct Mark {
    std::size_t violations, annotations;
    bool cut;
  };
  [[nodiscard]] Mark mark() const noexcept { return {violations_.size(), annotations_.size(), cut_}; }
  void rewind(const Mark& mark);
  void rewind_violations(const Mark& mark);
  void rewind_annotations(const Mark& mark);

  /// Violations from here on are reasons for the last one, until `end_reasons`.
  [[nodiscard]] std::uint32_t begin_reasons();
  void end_reasons(std::uint32_t before) noexcept { parent_ = before; }

  [[nodiscard]] Report take(Verdict verdict) &&;
  [[nodiscard]] const Program& program() const noexcept { return program_; }

 private:
  struct Step {
    std::string_view name;
    std::size_t index;
    bool is_name;
  };
  struct Jump {
    PlaceId from, to;
  };
  [[nodiscard]] bool pay_for_words() noexcept;
  [[nodiscard]] Violation worded(PlaceId place, std::string message) const;
  [[nodiscard]] std::string instance_pointer() const;
  [[nodiscard]] std::string keyword_location(PlaceId place) const;
  [[nodiscard]] std::string keyword_of(PlaceId place) const;

  const Program& program_;
  std::size_t violations_max_;
  PlaceId entry_;
  std::vector<Step> path_;
  std::vector<Jump> jumps_;
  std::vector<Violation> violations_;
  std::vector<Annotation> annotations_;
  std::uint32_t parent_ = Violation::none;
  bool cut_ = false;
  int names_ = 0, muted_ = 0;
  // Most words are thrown away again where alternatives are many; one is some 100 ns of them.
  std::uint32_t words_left_ = 20'000;
};

}  // namespace gatehouse::schema
