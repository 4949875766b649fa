// What was learned as an OpenAPI 3.1 document, for its owner to read, correct and enforce. Every exchange that was taken in keeps it. Counts stand in it as
// x-gatehouse-seen, and what is a guess says so.
#pragma once
#include <string>

#include "engines/inference/learned.hpp"

namespace gatehouse::inference {

struct ProposalOptions {
  std::uint64_t seen_min = 1;  ///< endpoints that came less often are only named, in a remark
};

struct Proposal {
  std::string yaml;
  std::size_t operations = 0;
  std::size_t left_out = 0;  ///< by seen_min
};

/// Without operations there is no document that a gate would take.
[[nodiscard]] Proposal propose(const Learned& learned, const ProposalOptions& options = {});

/// "2026-11-23T05:00:00Z"
[[nodiscard]] std::string time_text(Instant instant);

}  // namespace gatehouse::inference
