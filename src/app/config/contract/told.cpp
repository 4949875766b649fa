#include "app/config/contract/told.hpp"

#include <algorithm>
#include <tuple>

namespace gatehouse::config {

settings::Problem told(const contract::Complaint& complaint, const std::filesystem::path& folder) {
  return {(folder / complaint.file).string(), {complaint.line, 1}, '#' + complaint.pointer, complaint.what, {}, {}, {}};
}

std::vector<settings::Problem> told_errors(const contract::Complaints& complaints, const std::filesystem::path& folder) {
  std::vector<settings::Problem> problems;
  for (const auto& complaint : complaints.all())
    if (complaint.gravity == contract::Gravity::error) problems.push_back(told(complaint, folder));
  std::ranges::stable_sort(problems, {}, [](const settings::Problem& problem) { return std::tuple(problem.file, problem.at.line); });
  return problems;
}

}  // namespace gatehouse::config
