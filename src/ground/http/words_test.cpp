#include <doctest/doctest.h>

#include <string>

#include "ground/http/words.hpp"

using gatehouse::Arena;
using gatehouse::http::Words;

TEST_CASE("words keep what was put together for them, and only look at what lasts") {
  std::string made = "the scope 'read' is needed";
  const Words owned = made;
  const auto lasting = Words::lasting(made);
  made[0] = 'T';
  CHECK(owned == "the scope 'read' is needed");
  CHECK(lasting == "The scope 'read' is needed");
  const Words literal = "static";
  CHECK(literal == "static");
  CHECK(Words().empty());
  CHECK(Words(std::string()).empty());
}

TEST_CASE("copies of words stand for themselves, and moved words leave none behind") {
  Words first = std::string("owned words, longer than any small string");
  Words copy = first;
  Words moved = std::move(first);
  CHECK(first.empty());  // NOLINT(bugprone-use-after-move): that is the claim
  CHECK(copy == moved.view());
  CHECK(copy.view().data() != moved.view().data());
  copy = Words("other");
  CHECK(copy == "other");
  moved = std::move(copy);
  CHECK(moved == "other");
  auto& self = moved;
  moved = self;
  CHECK(moved == "other");
}

TEST_CASE("words kept in an arena are copied only if they would die") {
  Arena arena;
  std::string_view kept;
  {
    const Words owned = std::string("made for one refusal");
    kept = owned.kept_in(arena);
    CHECK(kept.data() != owned.view().data());
  }
  CHECK(kept == "made for one refusal");
  const auto used = arena.used();
  CHECK(Words("a literal").kept_in(arena) == "a literal");
  CHECK(Words().kept_in(arena).empty());
  CHECK(arena.used() == used);
}
