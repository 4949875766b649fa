#include "engines/schema/recorder.hpp"

#include "engines/schema/places.hpp"

namespace gatehouse::schema {

std::string Recorder::instance_pointer() const {
  constexpr std::size_t bytes_max = 2'000;  // names are the sender's, and may be long
  std::string out;
  for (const auto& step : path_) {
    if (out.size() > bytes_max) break;
    if (step.is_name) append_pointer_segment(out, step.name.substr(0, bytes_max + 1));
    else (out += '/') += std::to_string(step.index);
  }
  if (out.size() <= bytes_max) return out;
  auto end = bytes_max;
  while ((static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) --end;  // not within a character
  out.resize(end);
  return out + "...";
}

std::string Recorder::keyword_location(PlaceId place) const {
  std::string out;
  auto from = entry_;
  for (const auto& jump : jumps_) {
    out += pointer_between(program_, from, jump.from);
    from = jump.to;
  }
  return out + pointer_between(program_, from, place);
}

std::string Recorder::keyword_of(PlaceId place) const {
  return program_.places[place].parent == none ? std::string() : std::string(program_.text(program_.places[place].text));
}

bool Recorder::pay_for_words() noexcept {
  const auto cost = std::min<std::size_t>(words_left_, 5 + path_.size() / 4 + jumps_.size());
  words_left_ -= static_cast<std::uint32_t>(cost);
  return words_left_ > 0;
}

Violation Recorder::worded(PlaceId place, std::string message) const {
  if (names_ > 0) message.insert(0, "the name of this member: ");
  return {instance_pointer(), keyword_of(place), keyword_location(place), absolute_location(program_, place), std::move(message), parent_};
}

void Recorder::violate(PlaceId place, std::string message) {
  if (muted_ > 0) return;
  if (wants_more() && pay_for_words()) violations_.push_back(worded(place, std::move(message)));
  else cut_ = true;
}

std::optional<std::size_t> Recorder::reserve() {
  if (!wants_more()) return std::nullopt;
  violations_.emplace_back().parent = parent_;
  return violations_.size() - 1;
}

void Recorder::fill(std::optional<std::size_t> reserved, PlaceId place, std::string message) {
  if (!reserved) return;
  // One a value at most comes so far, and it says most: it is told even when other words are spent.
  violations_[*reserved] = worded(place, std::move(message));
}

void Recorder::annotate(const Instruction& at) {
  annotations_.push_back(
      {instance_pointer(), keyword_of(at.place), keyword_location(at.place), absolute_location(program_, at.place), program_.literals[at.b].root()});
}

void Recorder::rewind(const Mark& mark) {
  rewind_violations(mark);
  rewind_annotations(mark);
}

void Recorder::rewind_violations(const Mark& mark) {
  violations_.erase(violations_.begin() + static_cast<std::ptrdiff_t>(mark.violations), violations_.end());
  cut_ = mark.cut || words_left_ == 0;
}

void Recorder::rewind_annotations(const Mark& mark) {
  annotations_.erase(annotations_.begin() + static_cast<std::ptrdiff_t>(mark.annotations), annotations_.end());
}

std::uint32_t Recorder::begin_reasons() {
  const auto before = parent_;
  if (!violations_.empty() && !cut_) parent_ = static_cast<std::uint32_t>(violations_.size() - 1);
  return before;
}

Report Recorder::take(Verdict verdict) && {
  Report report;
  report.verdict = verdict;
  if (verdict == Verdict::valid) {
    report.annotations = std::move(annotations_);
    return report;
  }
  report.violations = std::move(violations_);
  // All words went to alternatives that did not count in the end.
  if (report.violations.empty())
    report.violations.push_back({{}, {}, {}, absolute_location(program_, entry_), "must keep its schema", Violation::none});
  report.cut = cut_;
  return report;
}

}  // namespace gatehouse::schema
