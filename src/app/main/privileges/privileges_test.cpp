#include <doctest/doctest.h>

#include <linux/capability.h>
#include <unistd.h>

#include <thread>

#include "app/main/privileges/hardening.hpp"
#include "app/main/privileges/rights.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

TEST_CASE("capabilities are given up for good by the thread that does it: root keeps the one for files, others none") {
  std::jthread([] {  // for this thread alone: the other tests go on as who they are
    CHECK(drop_capabilities());
    const auto left = capabilities();
    REQUIRE(left.has_value());
    const std::uint64_t allowed = ::geteuid() == 0 ? 1ULL << CAP_DAC_OVERRIDE : 0;
    CHECK((*left & ~allowed) == 0);
    CHECK(drop_capabilities());  // once more is no error
  })
      .join();
}

TEST_CASE("who is that user already has nothing to do, and who is neither root nor that user is told so") {
  const config::Account self{.name = "me", .user = ::geteuid(), .group = ::getegid(), .groups = {::getegid()}};
  CHECK(become(self));
  if (::geteuid() == 0) return;  // it would really become somebody else: tests/e2e/privileges_test.py shows that
  const config::Account other{.name = "gate", .user = ::geteuid() + 1, .group = ::getegid(), .groups = {::getegid()}};
  CHECK(become(other).error().fault == Fault::forbidden);
}
