#include "engines/contract/other_spelling.hpp"

#include "engines/contract/trial_contract.hpp"

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

TEST_CASE("bodies of every kind are refused for a method in disguise and for another spelling, and described fields are what they are") {
  using trial::posted;
  const auto form = [](std::string_view schema, std::string_view body) {
    return posted("application/x-www-form-urlencoded: {schema: " + std::string(schema) + "}", "application/x-www-form-urlencoded", body);
  };
  constexpr std::string_view open = "{type: object, properties: {amount: {type: integer}, role: {type: string}}}";
  CHECK(form(open, "amount=5&note=x").empty());
  CHECK(form(open, "amount=5&_method=DELETE").contains("take it for the method"));
  CHECK(form(open, "amount=5&%5Frole=1").empty());
  CHECK(form(open, "amount=5&%5Brole%5D=admin").contains("some servers read it as role"));
  CHECK(form(open, "+amount=5").contains("some servers read it as amount"));
  CHECK(form("{type: object, properties: {_method: {enum: [PUT]}, 'amount[]': {type: array, items: {type: integer}}}}",
             "_method=PUT&amount[]=1&amount[]=2")
            .empty());
  CHECK(form("{}", "_method=PUT").contains("take it for the method"));

  const auto parts = [](std::string_view schema, std::string_view name) {
    return posted("multipart/form-data: {schema: " + std::string(schema) + "}", "multipart/form-data; boundary=b",
                  "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n1\r\n--b--\r\n");
  };
  CHECK(parts(open, "note").empty());
  CHECK(parts(open, "_method").contains("take it for the method"));
  CHECK(parts(open, "role[x]").contains("some servers read it as role"));
  CHECK(parts("{}", "_method").contains("take it for the method"));

  const auto json = [](std::string_view schema, std::string_view body) {
    return posted("application/json: {schema: " + std::string(schema) + "}", "application/json", body);
  };
  CHECK(json(open, R"({"amount":5,"_method":"DELETE"})").contains("take it for the method"));
  CHECK(json(open, R"({"amount":5,"inner":{"_method":"DELETE"},"[role]":1})").empty());
  CHECK(json("{type: object, properties: {_method: {enum: [PUT]}}}", R"({"_method":"PUT"})").empty());
}
