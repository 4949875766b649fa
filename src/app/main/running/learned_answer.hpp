// What was learned of traffic, as an administrator gets it: the proposed document, and what it says of a contract that there is.
#pragma once
#include <string>

#include "engines/inference/learned.hpp"
#include "ground/base/result.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::main {

/// `arguments`: {"min_seen": N, "against": [{"method", "path", "segments": [TEXT or null]}]}, both optional. The answer: "since", "counts", "operations", "left_out" and
/// "document"; with "against" also "shadow" (called and not described) and "zombie" (described and never called).
[[nodiscard]] Result<std::string> learned_answer(const inference::Learned& learned, const json::Value& arguments);

/// From the file of a gate that does not run. not_found: nothing was ever learned there.
[[nodiscard]] Result<inference::Learned> read_learned(const std::string& file);

}  // namespace gatehouse::main
