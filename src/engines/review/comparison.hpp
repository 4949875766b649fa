// Two versions of a contract: what breaks for callers who keep to the old one, and what the new one lets in or out that the old one did not. What comes in breaks
// callers where less is taken; what goes out where more may come. Where nobody can tell, that is said and never taken for equal. Pure: no I/O, no clock.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engines/contract/reading.hpp"
#include "engines/review/finding.hpp"

namespace gatehouse::review {

/// What a change means, the least grave first.
enum class Effect : std::uint8_t {
  harmless,   ///< callers of the old contract need not know, and nothing opens
  looser,     ///< nobody breaks, and less is held to something: a requirement, a limit, an undescribed member
  undecided,  ///< the two cannot be compared; it may break
  breaks,
};
inline constexpr std::size_t effect_count = 4;
[[nodiscard]] std::string_view to_text(Effect effect) noexcept;

struct Change {
  std::string_view kind;  ///< "operation-removed"; stays, for scripts
  Effect effect = Effect::undecided;
  std::string subject;  ///< "POST /pets: the body: 'name'", by the first use that was found; "" is the whole document
  std::string what;     ///< "is required now"
  Place before, after;  ///< where something is gone, what it was in
};

struct Comparison {
  std::vector<Change> changes;                     ///< the gravest first
  std::array<std::size_t, effect_count> counts{};  ///< by effect, also of changes that were too many to keep

  [[nodiscard]] std::size_t count(Effect effect) const noexcept { return counts[static_cast<std::size_t>(effect)]; }
};

/// Both were compiled without an error.
[[nodiscard]] Comparison compare(contract::Reading& before, contract::Reading& after);

}  // namespace gatehouse::review
