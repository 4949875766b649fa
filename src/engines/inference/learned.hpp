// What was learned of an API by watching it: a tree of path segments with what was asked and answered at each. Taking a sighting in and merging two commute and
// associate below the bounds, so that any order of the same traffic comes to the same document.
//
//   / -> patients -> (variable: 1 .. 10^3) -> report: GET
//            \-> export: GET              what a segment is, words.hpp says: a word of the API, or a value
//
// Only what went well teaches: paths, parameters and bodies come from answers 2xx alone. Redirects and refusals of the API (3xx, 4xx) teach what such answers look
// like, for the whole API together; errors (5xx) teach nothing. So probes that the API refuses become no part of any contract.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engines/inference/shape.hpp"
#include "engines/inference/sighting.hpp"

namespace gatehouse::inference {

/// What became of a sighting.
enum class Taken : std::uint8_t {
  taken,
  no_teacher,     ///< its status teaches nothing
  undescribable,  ///< no OpenAPI document can say it: the method, a parameter's name, a type that is no media type
  unreadable,     ///< a body or a parameter that is not what its type says
  full,           ///< there is no room
};
inline constexpr std::size_t taken_count = 5;

/// Bodies of one media type in one place.
struct MediaSeen {
  std::uint64_t seen = 0;
  std::uint64_t unread = 0;  ///< of which only the type is known
  Shape shape;
  void merge(const MediaSeen& other);
  bool operator==(const MediaSeen&) const = default;
};

/// By "type/subtype". More than media_max are "*/*" together.
struct MediaTable {
  static constexpr std::size_t media_max = 12;
  std::map<std::string, MediaSeen, std::less<>> all;
  [[nodiscard]] MediaSeen& of(std::string_view media);
  /// There were too many: nothing is known but that there were bodies.
  [[nodiscard]] bool folded() const noexcept { return all.size() == 1 && all.begin()->first == "*/*"; }
  void merge(const MediaTable& other);
  bool operator==(const MediaTable&) const = default;

 private:
  void fold();
};

struct AnswerSeen {
  std::uint64_t seen = 0;
  MediaTable media;
  void merge(const AnswerSeen& other);
  bool operator==(const AnswerSeen&) const = default;
};
using AnswersSeen = std::map<std::uint16_t, AnswerSeen>;

struct ParameterSeen {
  std::uint64_t seen = 0;  ///< requests that had it
  Shape shape;
  bool operator==(const ParameterSeen&) const = default;
};

/// One method of one path.
struct EndpointSeen {
  std::uint64_t seen = 0;
  Instant first{}, last{};
  Callers callers;
  std::array<std::uint64_t, proof_count> proofs{};
  std::map<std::string, ParameterSeen, std::less<>> query;
  std::uint64_t bodies = 0;  ///< requests that had one
  MediaTable requests;
  AnswersSeen answers;
  void merge(const EndpointSeen& other);
  bool operator==(const EndpointSeen&) const = default;
};

/// Where a path may go on, or end.
struct PathNode {
  static constexpr std::size_t literals_max = 256;  ///< more are values
  std::uint64_t passed = 0;                         ///< sightings whose path goes on to here or ends here
  std::map<std::string, EndpointSeen, std::less<>> methods;
  std::map<std::string, PathNode, std::less<>> literals;
  bool only_values = false;        ///< there were more than literals_max: all are in `variable`
  std::vector<PathNode> variable;  ///< one at most
  Shape values;                    ///< that stood for it
  void merge(const PathNode& other);
  /// All that was taken for the API's own word goes to `variable`.
  void give_up_literals();
  [[nodiscard]] PathNode& any();
  [[nodiscard]] std::size_t size() const noexcept;
  bool operator==(const PathNode&) const = default;
};

class Learned {
 public:
  static constexpr std::size_t segments_max = 24, parameters_max = 64, shapes_max = 60'000;

  /// Keeps nothing of what it does not take.
  Taken take(const Sighting& sighting);
  void merge(const Learned& other);

  [[nodiscard]] const PathNode& root() const noexcept { return root_; }
  /// Redirects and refusals, of all endpoints together.
  [[nodiscard]] const AnswersSeen& other_answers() const noexcept { return other_answers_; }
  [[nodiscard]] std::uint64_t count(Taken what) const noexcept { return counts_[static_cast<std::size_t>(what)]; }
  /// Since when there is anything; nothing: there is nothing.
  [[nodiscard]] std::optional<Instant> since() const noexcept { return counts_[0] == 0 ? std::nullopt : std::optional(since_); }
  /// Shapes that are kept: what memory goes by.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  friend class Recording;
  Taken judge_and_take(const Sighting& sighting);
  PathNode root_;
  AnswersSeen other_answers_;
  std::array<std::uint64_t, taken_count> counts_{};
  Instant since_ = Instant::max();
  std::size_t size_ = 0;  // when it was last counted
  std::uint64_t taken_since_ = 0, taken_bytes_ = 0;
};

}  // namespace gatehouse::inference
