#include "engines/schema/pattern.hpp"

#include <algorithm>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <re2/re2.h>

#include "engines/schema/ecma_regex.hpp"

namespace gatehouse::schema {

struct PcreFree {
  void operator()(pcre2_code* code) const noexcept { pcre2_code_free(code); }
  void operator()(pcre2_match_data* data) const noexcept { pcre2_match_data_free(data); }
  void operator()(pcre2_match_context* context) const noexcept { pcre2_match_context_free(context); }
};
template <class T>
using PcrePointer = std::unique_ptr<T, PcreFree>;

namespace {
// A step of RE2's slowest way is one instruction for one byte; more than this is some seconds, and counts as given up.
constexpr std::uint64_t linear_steps_max = std::uint64_t{1} << 28U;
// PCRE2's limit of calls begins anew at each character where a match may begin, and does not see what is scanned in one go, so that the time grows with the square of the
// text: the calls are shared out over all beginnings, and longer texts are not looked at.
constexpr std::size_t anchored_bytes_max = 16U << 10U, unanchored_bytes_max = 4U << 10U;
constexpr std::uint64_t first_calls = 32, calls_growth = 4;  // at each beginning; of a try after one that was not enough
constexpr std::uint64_t steps_a_call = 4;                    // a call is some 50 ns
constexpr std::uint64_t bytes_a_step = 16;                   // of a text that is read in linear time
constexpr std::uint32_t depth_limit = 100'000;               // of backtracking points; they lie on the heap, which has a limit of its own
constexpr std::uint32_t heap_limit_kib = 4'096;

/// What PCRE2 needs to search, one set a thread: it keeps its heap from search to search.
struct PcreScratch {
  PcrePointer<pcre2_match_data> data{pcre2_match_data_create(1, nullptr)};
  PcrePointer<pcre2_match_context> context{pcre2_match_context_create(nullptr)};
  PcreScratch() {
    if (!data || !context) return;
    pcre2_set_depth_limit(context.get(), depth_limit);
    pcre2_set_heap_limit(context.get(), heap_limit_kib);
  }
};

/// How many calls a search took PCRE2 does not tell: it is tried with few, then with more, and each try costs all that it was given.
Pattern::Match search_backtracking(const pcre2_code* code, std::string_view text, std::uint64_t& steps) {
  thread_local const PcreScratch scratch;
  std::uint32_t options = 0;
  if (!scratch.data || !scratch.context || pcre2_pattern_info(code, PCRE2_INFO_ALLOPTIONS, &options) != 0) return Pattern::Match::exhausted;
  const bool anchored = (options & PCRE2_ANCHORED) != 0;
  if (text.size() > (anchored ? anchored_bytes_max : unanchored_bytes_max)) return Pattern::Match::exhausted;
  const std::uint64_t beginnings = anchored ? 1 : text.size() + 1;
  for (auto calls = first_calls;; calls *= calls_growth) {
    const auto given = std::min(calls, steps / (beginnings * steps_a_call));
    if (given == 0) break;
    pcre2_set_match_limit(scratch.context.get(), static_cast<std::uint32_t>(std::min<std::uint64_t>(given, UINT32_MAX)));
    const int found =
        pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, PCRE2_NO_UTF_CHECK, scratch.data.get(), scratch.context.get());
    // An honest text seldom uses up the first try, and is taken to have used half of it.
    const auto used = calls == first_calls && given == calls && found != PCRE2_ERROR_MATCHLIMIT ? given / 2 : given;
    const auto cost = used * beginnings * steps_a_call;
    steps -= std::min(steps, cost);
    if (found >= 0) return Pattern::Match::yes;
    if (found == PCRE2_ERROR_NOMATCH) return Pattern::Match::no;
    if (found != PCRE2_ERROR_MATCHLIMIT || given < calls) break;
  }
  steps = 0;
  return Pattern::Match::exhausted;
}
}  // namespace

struct Pattern::Engine {
  std::unique_ptr<RE2> linear;
  PcrePointer<pcre2_code> backtracking;
};

Pattern::Pattern(std::string source) : source_(std::move(source)) {}
Pattern::~Pattern() = default;

Result<std::unique_ptr<const Pattern>> Pattern::compile(std::string_view source, std::size_t memory_max) {
  auto regex = TRY(translate_ecma_regex(source));
  std::unique_ptr<Pattern> pattern(new Pattern(std::string(source)));
  if (!regex.backtracks) pattern->extent_ = extent_of(regex.text);
  if (regex.literal) {
    pattern->literal_ = std::move(*regex.literal);
    pattern->shape_ = regex.at_begin ? (regex.at_end ? Shape::whole : Shape::prefix) : regex.at_end ? Shape::suffix : Shape::part;
    if (pattern->literal_.empty() && pattern->shape_ != Shape::whole) pattern->shape_ = Shape::everything;
    return pattern;
  }
  if (regex.text == "\\A[^\\n\\r\\x{2028}\\x{2029}]*" || regex.text == "[^\\n\\r\\x{2028}\\x{2029}]*") {
    pattern->shape_ = Shape::everything;  // `^.*` and `.*`: found in every text
    return pattern;
  }
  if (auto classes = ClassSequence::from(source)) {
    pattern->classes_ = std::move(*classes);
    pattern->shape_ = Shape::classes;
    return pattern;
  }
  pattern->engine_ = std::make_unique<Engine>();
  if (!regex.backtracks) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_max_mem(static_cast<std::int64_t>(memory_max));
    auto linear = std::make_unique<RE2>(regex.text, options);
    if (linear->ok()) {
      pattern->engine_->linear = std::move(linear);
      return pattern;
    }
  }
  // Either it needs PCRE2, or RE2 finds it too large or does not know a script.
  int error = 0;
  std::size_t offset = 0;
  pattern->engine_->backtracking.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(regex.text.data()), regex.text.size(),
                                                     PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_MATCH_UNSET_BACKREF | PCRE2_DOLLAR_ENDONLY, &error,
                                                     &offset, nullptr));
  if (!pattern->engine_->backtracking) {
    PCRE2_UCHAR message[128] = {};
    pcre2_get_error_message(error, message, sizeof(message));
    return refuse(Fault::invalid, "not taken by the engines here: " + std::string(reinterpret_cast<const char*>(message)));
  }
  if (pattern->memory() > memory_max) return refuse(Fault::exhausted, "needs too much memory");
  return pattern;
}

bool Pattern::backtracks() const noexcept { return engine_ && engine_->backtracking; }

std::size_t Pattern::memory() const noexcept {
  if (!engine_) return sizeof(Pattern) + source_.size() + literal_.size();
  if (engine_->linear)
    return sizeof(Pattern) + sizeof(Engine) + source_.size() + static_cast<std::size_t>(engine_->linear->ProgramSize()) * 16 + 2048;
  std::size_t size = 0;
  pcre2_pattern_info(engine_->backtracking.get(), PCRE2_INFO_SIZE, &size);
  return sizeof(Pattern) + sizeof(Engine) + source_.size() + size;
}

Pattern::Match Pattern::search(std::string_view text, std::uint64_t& steps) const {
  if (const auto cost = text.size() / bytes_a_step; cost > 0) {
    if (cost > steps) return Match::exhausted;
    steps -= cost;
  }
  const auto of = [](bool found) { return found ? Match::yes : Match::no; };
  switch (shape_) {
    case Shape::everything: return Match::yes;
    case Shape::prefix: return of(text.starts_with(literal_));
    case Shape::suffix: return of(text.ends_with(literal_));
    case Shape::whole: return of(text == literal_);
    case Shape::part: return of(text.contains(literal_));
    case Shape::classes: return of(classes_.matches(text));
    case Shape::engine: break;
  }
  if (engine_->linear) {
    if (text.size() * static_cast<std::uint64_t>(engine_->linear->ProgramSize()) > linear_steps_max) return Match::exhausted;
    return of(engine_->linear->Match(text, 0, text.size(), RE2::UNANCHORED, nullptr, 0));
  }
  return search_backtracking(engine_->backtracking.get(), text, steps);
}

}  // namespace gatehouse::schema
