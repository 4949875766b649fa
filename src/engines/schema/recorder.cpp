#include "engines/schema/recorder.hpp"

#include "engines/schema/places.hpp"

namespace gatehouse::schema {

std::string Recorder::instance_pointer() const {
  constexpr std::size_t bytes_max = 2'000;  // names are the sender's, and may be long
  std::string out;
  for (const auto& step : path_) {
    if (out.size() > bytes_max) break;
    if (step.is_name) append_pointer_segment(out, step.name);
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

void Recorder::violate(PlaceId place, std::string message) {
  if (names_ > 0) message.insert(0, "the name of this member: ");
  if (violations_.size() >= violations_max_) {
    cut_ = true;
    return;
  }
  violations_.push_back(
      {instance_pointer(), keyword_of(place), keyword_location(place), absolute_location(program_, place), std::move(message), parent_});
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
  cut_ = mark.cut;
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
  report.cut = cut_;
  return report;
}

}  // namespace gatehouse::schema
