#include "engines/contract/other_spelling.hpp"

#include <doctest/doctest.h>

using namespace gatehouse;
using namespace gatehouse::contract;

namespace {
std::string wrong(std::string_view name) {
  Shape form;
  for (const auto* const member : {"amount", "role", "tags", "user_id", "x.y"}) form.members.emplace_back(member, any_shape);
  return wrong_with_unnamed(name, form);
}
}  // namespace

TEST_CASE("a field that servers read as one that is described is refused where it is not described so") {
  for (const auto& [name, read_as] : std::vector<std::pair<std::string_view, std::string_view>>{{"[role]", "role"},
                                                                                                {"[role][0]", "role"},
                                                                                                {"user_id[$ne]", "user_id"},
                                                                                                {"amount[]", "amount"},
                                                                                                {"amount[", "amount"},
                                                                                                {" amount", "amount"},
                                                                                                {"\t amount[x]", "amount"},
                                                                                                {"user.id", "user_id"},
                                                                                                {"user id", "user_id"},
                                                                                                {" user.id[]", "user_id"}}) {
    CAPTURE(name);
    CHECK(wrong(name) == std::string(name) + " must not be there: some servers read it as " + std::string(read_as) + ", and it is not described so");
  }
}

TEST_CASE("a field that frameworks take for the method is refused where it is not described") {
  for (const std::string_view name : {"_method", "_METHOD", ".method", " _method", "_method[x]", "[method"}) {
    CAPTURE(name);
    CHECK(wrong(name).contains("take it for the method"));
  }
}

TEST_CASE("names that resemble a described one and are read as themselves by everybody are data") {
  for (const std::string_view name :
       {"", "note", "roles", "rol", "user_ids", "method", "x_method", "amount]", "a[role]", "x_y", "[", "[]", "user-id"}) {
    CAPTURE(name);
    CHECK(wrong(name).empty());
  }
}
