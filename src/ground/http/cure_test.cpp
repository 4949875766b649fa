#include <doctest/doctest.h>

#include <set>
#include <string>

#include "ground/http/cure.hpp"

using namespace gatehouse::http;

TEST_CASE("for every kind of problem the operator has words of his own, which are not those of the caller") {
  for (const auto& problem : all_problems()) {
    CAPTURE(problem.slug);
    const auto words = cure(problem.kind, "some.rule");
    CHECK_FALSE(words.empty());
    CHECK(words != problem.remedy);
    CHECK(words.ends_with('.'));
    CHECK_FALSE(words.contains('|'));  // a cell of a table in the guide
  }
  CHECK(cure(ProblemKind::count_, {}) == cure(ProblemKind::internal, {}));
}

TEST_CASE("a rule that knows better is the cure of its own kind alone, and a rule beside it has the words of the kind") {
  CHECK(cure(ProblemKind::bad_path, "routes.files.encoded_slash").contains("encoded_slash: keep"));
  CHECK_FALSE(cure(ProblemKind::bad_path, "http.path.dot").contains("encoded_slash"));
  CHECK(cure(ProblemKind::address_refused, "keys.address").contains("--address"));
  CHECK(cure(ProblemKind::address_refused, "addresses.deny") == cure(ProblemKind::address_refused, {}));
  CHECK(cure(ProblemKind::bad_query, "routes.files.encoded_slash") == cure(ProblemKind::bad_query, {}));
}

TEST_CASE("what a caller is told never holds what only the operator is to know") {
  for (const auto& row : all_cures()) {
    CAPTURE(row.words);
    CHECK(remedy(row.kind, row.rule) != row.words);
    CHECK_FALSE(remedy(row.kind, row.rule).contains("gatehouse keys"));
  }
}
