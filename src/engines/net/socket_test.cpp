#include <doctest/doctest.h>

#include "engines/net/socket.hpp"

using namespace gatehouse;
using namespace gatehouse::net;

TEST_CASE("a port on which somebody listens is refused, although the kernel would deal its connections out to both") {
  const Endpoint any{*http::Address::parse("127.0.0.1"), 0};
  auto first = listen_on(any);
  REQUIRE(first.has_value());
  const auto bound = local_endpoint(first->get()).value();
  const auto second = listen_on(bound);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().detail.contains(bound.to_text()));

  SUBCASE("the further sockets of the same server may") { CHECK(listen_on(bound, PortUse::beside_our_own).has_value()); }
  SUBCASE("once it is free it is taken") {
    first->close();
    CHECK(listen_on(bound).has_value());
  }
}
