// What of the requests of one operation its contract proves harmless (engines/schema/harmless.hpp): what looks for injections need not look at these values. All of it holds for
// requests that keep the contract, and for no others.
#pragma once
#include <string>
#include <string_view>

#include "engines/contract/description.hpp"
#include "engines/schema/harmless.hpp"

namespace gatehouse::contract {

/// One value, as a report names it.
struct HarmlessValue {
  std::string where;       ///< "query.limit", "body": as violations are told
  std::string media_type;  ///< of a body: "application/json"
  std::string pointer;     ///< within the value, a JSON Pointer in which `*` is any element; empty: the value itself
  schema::Harmless why;
};

/// The body of one request.
class HarmlessBody {
 public:
  HarmlessBody() = default;
  HarmlessBody(const schema::HarmlessPlaces& places, schema::HarmlessPlaces::Id body) noexcept : places_(&places), body_(body) {}
  /// Why the value there is; nothing is proven of arrays and objects, only of what stands in them. Takes nothing from the heap.
  [[nodiscard]] schema::Harmless why(std::string_view pointer) const noexcept {
    return places_ == nullptr ? schema::Harmless() : (*places_)[places_->at(body_, pointer)].why;
  }

 private:
  const schema::HarmlessPlaces* places_ = nullptr;
  schema::HarmlessPlaces::Id body_ = schema::HarmlessPlaces::nowhere;
};

}  // namespace gatehouse::contract
