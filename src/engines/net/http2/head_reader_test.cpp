#include "engines/net/http2/head_reader.hpp"

#include <doctest/doctest.h>

using namespace gatehouse;
using namespace gatehouse::net;

TEST_CASE("a head from which fields were left out is not whole, and its harmless neighbour at the limit is") {
  ServerLimits limits;
  limits.head.fields_max = 5;
  const auto read = [&](int fields, std::string_view value, http::RequestHead& head, Arena& arena) {
    http2::HeadReader reader(arena, head);
    for (const auto* const name : {":method", ":path", ":scheme", ":authority"}) CHECK(reader.field(name, "GET", limits));
    for (int i = 0; i < fields; ++i) CHECK(reader.field("x-forwarded-for", value, limits));
    reader.complete(true);
    return reader.take_problem();
  };
  Arena arena(1024);
  http::RequestHead at_limit(arena), many(arena), large(arena);
  CHECK_FALSE(read(1, "192.0.2.1", at_limit, arena));
  CHECK(at_limit.whole);
  const auto too_many = read(2, "192.0.2.1", many, arena);
  REQUIRE(too_many);
  CHECK(too_many->kind == http::ProblemKind::headers_too_large);
  CHECK_FALSE(many.whole);
  limits.http2.header_list_bytes = 200;
  const auto too_large = read(1, std::string(200, '1'), large, arena);
  REQUIRE(too_large);
  CHECK(too_large->kind == http::ProblemKind::headers_too_large);
  CHECK_FALSE(large.whole);
}

TEST_CASE("a head is read to its end as long as it is at most twice what it may be, and not any further") {
  ServerLimits limits;
  limits.http2.header_list_bytes = 1000;
  Arena arena(1024);
  http::RequestHead head(arena);
  http2::HeadReader reader(arena, head);
  const std::string value(67, 'v');  // 100 bytes a field, as they are counted
  for (int i = 0; i < 20; ++i) CHECK(reader.field("x", value, limits));
  CHECK_FALSE(reader.field("x", "v", limits));
  CHECK_FALSE(reader.field("x", "", limits));
}
