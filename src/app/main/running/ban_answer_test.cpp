#include <doctest/doctest.h>

#include "app/main/running/ban_answer.hpp"
#include "ground/base/random.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

namespace {

struct BanOffice {
  SeededRandom random{7};
  ManualClock clock{Instant(1'800'000'000s)};
  limits::Naming naming{limits::Seed::from(random)};
  std::unique_ptr<limits::Bans> bans = limits::Bans::create({}, random).value();
  void ban(std::string_view who) { CHECK(bans->ban(parse_suspect(who, naming).value(), clock.ticks())); }
  Fault lift_fault(std::string_view who) {
    const auto lifted = lift_answer(*bans, naming, who, clock.ticks());
    REQUIRE_FALSE(lifted);
    return lifted.error().fault;
  }
};

}  // namespace

TEST_CASE("who is banned can be read, and written as it was read") {
  BanOffice office;
  for (const std::string_view who : {"192.0.2.7", "2001:db8:1:2::/64", "4fJ2kQ0aZx7B", "token:00112233445566778899aabbccddeeff"})
    CHECK(suspect_text(parse_suspect(who, office.naming).value()) == who);
  CHECK(suspect_text(parse_suspect("2001:db8:1:2::9", office.naming).value()) == "2001:db8:1:2::/64");
  const auto subject = limits::Suspect::key(office.naming.subject("https://issuer.example", "alice"));
  CHECK(parse_suspect(suspect_text(subject), office.naming).value().who == subject.who);
  for (const std::string_view who :
       {"", "nobody", "192.0.2.0/24", "2001:db8::/48", "4fJ2kQ0aZx7", "token:", "token:00", "token:zz112233445566778899aabbccddeeff"})
    CHECK_FALSE(parse_suspect(who, office.naming));
}

TEST_CASE("a ban is listed with its end, lifted for that one alone, and gone") {
  BanOffice office;
  CHECK(bans_answer(*office.bans, office.clock) == R"({"bans":[]})");
  office.ban("192.0.2.7");
  office.ban("4fJ2kQ0aZx7B");
  const auto both = bans_answer(*office.bans, office.clock);
  CHECK_MESSAGE(both.contains(R"({"who":"192.0.2.7","kind":"address","until":1800000060,"strikes":1})"), both);
  CHECK(both.contains(R"({"who":"4fJ2kQ0aZx7B","kind":"key","until":1800000060,"strikes":1})"));
  CHECK(lift_answer(*office.bans, office.naming, "192.0.2.7", office.clock.ticks()).value() == R"({"lifted":"192.0.2.7"})");
  CHECK_FALSE(bans_answer(*office.bans, office.clock).contains("192.0.2.7"));
  CHECK(bans_answer(*office.bans, office.clock).contains("4fJ2kQ0aZx7B"));
  CHECK(office.lift_fault("192.0.2.7") == Fault::not_found);
  CHECK(office.lift_fault("192.0.2.8") == Fault::not_found);
  CHECK(office.lift_fault("somebody") == Fault::invalid);
}
