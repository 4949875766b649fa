// Changes as they come in, only so many kept.
#pragma once
#include "engines/review/comparison.hpp"

namespace gatehouse::review {

class Changes {
 public:
  static constexpr std::size_t kept_max = 20'000;

  void add(std::string_view kind, Effect effect, std::string subject, std::string what, const contract::Node& before, const contract::Node& after);
  [[nodiscard]] Comparison sorted() &&;

 private:
  Comparison out_;
};

}  // namespace gatehouse::review
