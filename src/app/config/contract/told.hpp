// What is wrong with a contract, as everything else that is wrong with a configuration is told.
#pragma once
#include <filesystem>
#include <vector>

#include "engines/contract/complaint.hpp"
#include "ground/settings/reader.hpp"

namespace gatehouse::config {

/// `folder`: of the contract's own file, which those of the complaints are named from.
[[nodiscard]] settings::Problem told(const contract::Complaint& complaint, const std::filesystem::path& folder);
/// The errors, in the order of the files and their lines.
[[nodiscard]] std::vector<settings::Problem> told_errors(const contract::Complaints& complaints, const std::filesystem::path& folder);

}  // namespace gatehouse::config
