// What shadow mode would have refused, summed up within bounds.
#include <doctest/doctest.h>

#include "services/audit/shadow.hpp"

using namespace gatehouse;
using namespace gatehouse::audit;

namespace {
http::Violation shadow_violation(std::string at, std::string contract = "api.yaml#/a") {
  return {http::Violation::In::body, std::move(at), "must be a date", std::move(contract)};
}
}  // namespace

TEST_CASE("the same violation at the same place is one row, whichever item of a list it was in") {
  Shadow shadow;
  const Instant first{100s}, last{200s};
  for (const std::string_view at : {"/items/0/born", "/items/17/born", "/items/3/born"}) {
    const std::vector one{shadow_violation(std::string(at))};
    shadow.add("addPatient", false, 422, one, at.contains("17") ? last : first);
  }
  const std::vector other{shadow_violation("/items/0/name"), shadow_violation("/items/0/born")};
  shadow.add("addPatient", true, 502, other, first);
  const auto rows = shadow.rows();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].at == "/items/*/born");
  CHECK(rows[0].times == 3);
  CHECK(rows[0].first == first);
  CHECK(rows[0].last == last);
  CHECK_FALSE(rows[0].answer);
  CHECK(rows[0].status == 422);
  CHECK(rows[0].detail == "must be a date");
  CHECK(rows[1].answer);
  CHECK(rows[1].times == 1);
  CHECK(without_numbers("/a/1b/2/") == "/a/1b/*/");
}

TEST_CASE("names that a stranger makes up are one row after the first few, and what is known already still counts by itself") {
  Shadow shadow;
  for (int i = 0; i < 100'000; ++i) {
    const std::vector one{shadow_violation("/x" + std::string(1, static_cast<char>('a' + i % 26)) + "y" + std::to_string(i) + "z")};
    shadow.add("addPatient", false, 422, one, Instant{});
  }
  CHECK(shadow.rows().size() == Shadow::at_max + 1);
  CHECK(shadow.rows()[0].at == "...");
  CHECK(shadow.rows()[0].times == 100'000 - Shadow::at_max);
  const std::vector known{shadow_violation("/xay0z")};
  shadow.add("addPatient", false, 422, known, Instant{});
  CHECK(shadow.rows()[1].times == 2);
}

TEST_CASE("when there are too many places the rest is counted") {
  Shadow shadow;
  for (std::size_t i = 0; i < Shadow::rows_max + 5; ++i) {
    const std::vector one{shadow_violation("/a", "api.yaml#/" + std::to_string(i))};
    shadow.add("addPatient", false, 422, one, Instant{});
  }
  CHECK(shadow.rows().size() == Shadow::rows_max);
  CHECK(shadow.others() == 5);
}
