#include "engines/net/scratch.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace gatehouse::net {

TEST_CASE("scratch: who reads while another has not done with what he read is lent other bytes") {
  Scratch scratch(16);
  const Scratch::Lease outer(scratch);
  std::ranges::fill(outer.bytes(), 'o');
  {
    const Scratch::Lease inner(scratch);
    const Scratch::Lease innermost(scratch);
    CHECK(inner.bytes().data() != innermost.bytes().data());
    std::ranges::fill(inner.bytes(), 'i');
    std::ranges::fill(innermost.bytes(), 'm');
    CHECK(inner.first(16) == "iiiiiiiiiiiiiiii");
  }
  CHECK(outer.first(16) == "oooooooooooooooo");
  CHECK(outer.first(2) == "oo");
}

TEST_CASE("scratch: one after the other they are lent the same piece, so that it stays in the cache") {
  Scratch scratch(16);
  const char* piece = nullptr;
  {
    const Scratch::Lease first(scratch);
    CHECK(first.bytes().size() == 16);
    piece = first.bytes().data();
  }
  const Scratch::Lease second(scratch);
  CHECK(second.bytes().data() == piece);
}

}  // namespace gatehouse::net
