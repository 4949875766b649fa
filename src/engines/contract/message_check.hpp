// What checking a request and checking a response have in common: one text judged as a parameter or header, one body judged by its media type.
#pragma once
#include <string>

#include "engines/contract/contract.hpp"
#include "engines/contract/pairs.hpp"

namespace gatehouse::contract {

class MessageCheck {
 protected:
  /// The statuses of what is wrong, and which way the message goes.
  struct Kind {
    http::Status parameter, media_type, syntax, content;
    schema::Direction direction;
  };
  MessageCheck(const Shapes& shapes, const Kind& kind, Arena& memory, const CheckOptions& options)
      : shapes_(shapes), kind_(kind), memory_(memory), options_(options), out_(options.violations), steps_(options.steps.least) {}

  void check_text(const ParameterRule& rule, std::string_view text, Escapes escapes);
  void check_decoded_list(const ParameterRule& rule, std::string_view text, Escapes escapes);
  void check_content(const ParameterRule& rule, std::string_view text, Escapes escapes);
  /// A header by all fields of its name.
  void check_header(const ParameterRule& rule, const http::Headers& headers);
  void missing(const ParameterRule& rule);
  [[nodiscard]] Blame blame(const ParameterRule& rule);

  /// A body that is there: its coding, its type among the ranges, its content; without the body only the first two.
  void check_body(const std::vector<MediaType>& ranges, const std::vector<MediaRule>& media, const std::string& place, const http::Headers& headers,
                  std::optional<std::string_view> body);
  void check_coded(const MediaRule& rule, const MediaType& type, std::string_view name, std::optional<std::string_view> body);
  [[nodiscard]] Blame body_blame(const MediaRule& rule) { return {kind_.content, "body", &rule.place, kind_.direction, {}, &steps_}; }
  void check_media(const MediaRule& rule, const MediaType& type, std::string_view body);
  void check_json(const MediaRule& rule, const MediaType& type, std::string_view body);
  void check_xml(const MediaRule& rule, const MediaType& type, std::string_view body);
  void check_mapped(const MediaRule& rule, const xml::Node& root);
  void check_sequence(const MediaRule& rule, const MediaType& type, std::string_view body);
  void check_other(const MediaRule& rule, const MediaType& type, std::string_view body);
  void check_multipart(const MediaRule& rule, const MediaType& type, std::string_view body);
  void check_form(const MediaRule& rule, std::string_view body, const Blame& blame);
  [[nodiscard]] std::string write_form(const MediaRule& rule, Pairs& pairs, TypedText& out, bool decodes_lists);

  /// A body of that size has to be judged.
  void allow(std::size_t bytes) noexcept { steps_ = options_.steps.least + options_.steps.a_byte * bytes; }

  void add(http::Status status, std::string where, std::string expected, const std::string& rule) {
    out_.add({status, std::move(where), std::move(expected), rule});
  }

  const Shapes& shapes_;
  Kind kind_;
  Arena& memory_;
  const CheckOptions& options_;
  Violations out_;
  std::uint64_t steps_;  // left for all values of the message
};

}  // namespace gatehouse::contract
