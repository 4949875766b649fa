#include "ground/base/error.hpp"

#include <system_error>

namespace gatehouse {

std::string_view to_text(Fault fault) noexcept {
  switch (fault) {
    case Fault::invalid: return "invalid";
    case Fault::unauthenticated: return "unauthenticated";
    case Fault::forbidden: return "forbidden";
    case Fault::not_found: return "not found";
    case Fault::conflict: return "conflict";
    case Fault::exhausted: return "exhausted";
    case Fault::unavailable: return "unavailable";
    case Fault::internal: return "internal";
  }
  return "internal";
}

std::string system_text(int error) { return std::generic_category().message(error); }

std::string to_text(const Error& error) {
  if (error.told.empty() && error.detail.empty()) return std::string(to_text(error.fault));
  if (error.told.empty()) return error.detail;
  if (error.detail.empty()) return error.told;
  std::string_view told = error.told;
  if (told.ends_with('.')) told.remove_suffix(1);  // a sentence; what follows says why
  return std::string(told) + ": " + error.detail;
}

}  // namespace gatehouse
