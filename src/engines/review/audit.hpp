// A contract looked at by somebody who wants in: what it leaves open, what it does not bound, what the gate cannot hold anybody to, and how much of it is enforced.
// Everything is found in the document alone; that the API behaves otherwise nobody can see here. Pure: no I/O, no clock.
//
//     contract::Reading reading(files);
//     const auto contract = contract::compile("openapi.yaml", reading);
//     if (!contract) return told(contract.error());
//     const review::Report report = review::audit(*contract, reading);
#pragma once
#include <array>
#include <vector>

#include "engines/contract/contract.hpp"
#include "engines/review/finding.hpp"

namespace gatehouse::review {

/// How much of a document messages are held to. Whole: every schema there is says what a value must be; in part: some value within it may be anything, or a word
/// cannot be judged; not: no schema, or one that nobody can judge.
struct Coverage {
  struct Count {
    std::size_t whole = 0, part = 0, none = 0;
    [[nodiscard]] std::size_t all() const noexcept { return whole + part + none; }
  };
  Count operations;
  Count parameters;  ///< of requests
  Count bodies;      ///< of requests, one a media type
  Count answers;     ///< one a status and media type; an answer without a body is held to that
};

struct Report {
  std::vector<Finding> findings;                 ///< the gravest first
  std::array<std::size_t, rule_count> counts{};  ///< by rule, also of findings that were too many to keep
  Coverage coverage;

  /// Of that severity or graver.
  [[nodiscard]] std::size_t at_least(Severity severity) const noexcept;
};

/// `contract` was compiled from `reading`.
[[nodiscard]] Report audit(const contract::Contract& contract, contract::Reading& reading);

}  // namespace gatehouse::review
