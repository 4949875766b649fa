#include <doctest/doctest.h>

#include <sys/resource.h>
#include <algorithm>

#include "app/main/privileges/descriptor_limit.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

TEST_CASE("a soft limit of descriptors below the hard one is raised to it") {
  ::rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  auto low = before;
  low.rlim_cur = std::min<::rlim_t>(512, before.rlim_max);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  CHECK(raise_descriptor_limit() == before.rlim_max);
  ::rlimit after{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &after) == 0);
  CHECK(after.rlim_cur == before.rlim_max);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE("fewer descriptors than the configured connections need is said, with what to do, and enough is not") {
  config::Configuration configuration;
  configuration.workers = 3;
  configuration.connections.connections_max = 1000;
  auto& upstream = configuration.upstreams["api"];
  upstream.servers.resize(2);
  upstream.connections_max = 100;
  CHECK(descriptors_needed(configuration) == 1664);
  CHECK(too_few_descriptors(configuration, 1664).empty());
  CHECK(too_few_descriptors(configuration, 1663).contains("LimitNOFILE=1664"));
  CHECK(too_few_descriptors(configuration, 1663).contains("the connections that have rested longest are closed"));
}
