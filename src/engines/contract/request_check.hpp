// One request against one operation: every parameter is looked for in its place, decoded once and judged; then the body.
#pragma once
#include <vector>

#include "engines/contract/contract.hpp"
#include "engines/contract/pairs.hpp"

namespace gatehouse::contract {

class RequestCheck {
 public:
  RequestCheck(const OperationRules& operation, const Call& call, Arena& memory, const CheckOptions& options)
      : operation_(operation), call_(call), memory_(memory), options_(options), out_(options.violations) {}

  [[nodiscard]] Violations run();

 private:
  void check_path();
  void check_query();
  void check_headers();
  void check_cookies();
  void check_unknown_query(Pairs& query);
  void check_text(const ParameterRule& rule, std::string_view text, Escapes escapes);
  void check_content(const ParameterRule& rule, std::string_view text, Escapes escapes);
  void check_pairs(const ParameterRule& rule, Pairs& pairs, Escapes escapes);
  void check_exploded(const ParameterRule& rule, Pairs& pairs, Escapes escapes);
  void check_whole_query(const ParameterRule& rule, Pairs& query);

  void check_body();
  void check_media(const MediaRule& rule, const MediaType& type, std::string_view body);
  void check_form(const MediaRule& rule, std::string_view body, const Blame& blame);
  [[nodiscard]] std::string write_form(const MediaRule& rule, Pairs& pairs, TypedText& out);

  void missing(const ParameterRule& rule);
  [[nodiscard]] Blame blame(const ParameterRule& rule) const;
  void add(http::Status status, std::string where, std::string expected, const std::string& rule) {
    out_.add({status, std::move(where), std::move(expected), rule});
  }

  const OperationRules& operation_;
  const Call& call_;
  Arena& memory_;
  const CheckOptions& options_;
  Violations out_;
};

}  // namespace gatehouse::contract
