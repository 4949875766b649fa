#include "engines/schema/schema.hpp"

#include "engines/schema/recorder.hpp"
#include "engines/schema/runner.hpp"

namespace gatehouse::schema {

namespace {
constexpr std::size_t scratch_keep = 64U << 10U;  // entries; what a large instance needed more is given back

/// One a thread, taken out while it is used.
class BorrowedScratch {
 public:
  BorrowedScratch() : scratch_(std::move(kept())) {
    if (!scratch_) scratch_ = std::make_unique<RunnerScratch>();
  }
  BorrowedScratch(const BorrowedScratch&) = delete;
  BorrowedScratch& operator=(const BorrowedScratch&) = delete;
  ~BorrowedScratch() {
    if (std::max({scratch_->marks.capacity(), scratch_->evaluated.capacity(), scratch_->hashes.capacity()}) <= scratch_keep)
      kept() = std::move(scratch_);
  }
  [[nodiscard]] RunnerScratch& operator*() const noexcept { return *scratch_; }

 private:
  static std::unique_ptr<RunnerScratch>& kept() {
    thread_local std::unique_ptr<RunnerScratch> scratch;
    return scratch;
  }
  std::unique_ptr<RunnerScratch> scratch_;
};
}  // namespace

Schema::Judgement Schema::judge(json::Value instance, Direction direction, const CheckLimits& limits) const {
  const BorrowedScratch scratch;
  Silent silent;
  Runner<Silent> runner(*program_, direction, limits, *scratch, silent);
  const auto verdict = runner.judge(static_cast<BlockId>(entry_), instance);
  return {verdict, runner.steps_left()};
}

bool Schema::valid(json::Value instance, Direction direction, const CheckLimits& limits) const {
  return judge(instance, direction, limits).verdict == Verdict::valid;
}

Report Schema::check(json::Value instance, Direction direction, const CheckLimits& limits) const {
  const BorrowedScratch scratch;
  const auto entry = static_cast<BlockId>(entry_);
  Recorder recorder(*program_, entry, limits.violations);
  const auto verdict = Runner<Recorder>(*program_, direction, limits, *scratch, recorder).judge(entry, instance);
  if (verdict == Verdict::undecided) recorder.violate(program_->blocks[entry].place, "is too large or too deep to be judged");
  return std::move(recorder).take(verdict);
}

}  // namespace gatehouse::schema
