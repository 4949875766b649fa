#include <doctest/doctest.h>

#include "ground/http/date.hpp"

using namespace std::chrono_literals;

TEST_CASE("a date is written as RFC 9110 shows it") {
  using gatehouse::http::Date;
  CHECK(Date(std::chrono::sys_seconds(784111777s)).text() == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(Date(std::chrono::sys_seconds(0s)).text() == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(Date(std::chrono::sys_seconds(951868799s)).text() == "Tue, 29 Feb 2000 23:59:59 GMT");
  CHECK(Date(std::chrono::sys_seconds(253402300799s)).text() == "Fri, 31 Dec 9999 23:59:59 GMT");
}
