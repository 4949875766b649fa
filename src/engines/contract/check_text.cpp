// One text that holds a whole value: of a path segment, a query, a header, a cookie.
#include <array>

#include "engines/contract/forms.hpp"
#include "engines/contract/message_check.hpp"
#include "engines/contract/style.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::contract {

namespace texts {
namespace {
std::string style_told(const ParameterRule& rule, Form form) {
  const auto like = [&](std::string_view example) { return "must be written as " + std::string(example); };
  switch (rule.style) {
    case Style::label: return like(form == Form::array ? (rule.explode ? ".a.b.c" : ".a,b,c") : form == Form::object ? ".name=value" : ".value");
    case Style::matrix: return like(';' + rule.name + "=value");
    case Style::simple:
    case Style::form:
    case Style::space_delimited:
    case Style::pipe_delimited:
    case Style::deep_object:
    case Style::cookie: break;
  }
  if (form == Form::object) return rule.explode ? "must be pairs of name=value" : "must be names and values in turn";
  return "must be percent-encoded UTF-8";
}

bool has_encoded_comma(const ParameterRule& rule, std::string_view text) {
  const bool by_commas = !rule.explode && (rule.style == Style::form || rule.style == Style::cookie);
  return by_commas && (text.contains("%2C") || text.contains("%2c"));
}
}  // namespace
}  // namespace texts

Blame MessageCheck::blame(const ParameterRule& rule) {
  if (rule.in == In::querystring) return {kind_.parameter, "query", &rule.place, kind_.direction, {}, &steps_};
  return {kind_.parameter, std::string(to_text(rule.in)) + '.' + rule.name, &rule.place, kind_.direction, {}, &steps_};
}

void MessageCheck::missing(const ParameterRule& rule) {
  if (rule.required) add(kind_.parameter, blame(rule).where, "is required", rule.place);
}

/// One text that holds the whole value.
void MessageCheck::check_text(const ParameterRule& rule, std::string_view text, Escapes escapes) {
  if (rule.content) return check_content(rule, text, escapes);
  const Wording wording{.style = rule.style, .explode = rule.explode, .escapes = escapes, .name = rule.name};
  const auto shape = rule.value.shape;
  if (const auto plain = scalar_of(text, wording, memory_); plain && rule.value.keeps_plainly(shapes_, *plain)) return;
  const auto forms = forms_of(shapes_[shape].kinds);
  const auto room = out_.room();
  rule.value.judge_readings(forms, shapes_, blame(rule), out_, [&](Form form, TypedText& out) -> std::string {
    switch (form) {
      case Form::array: {
        const auto items = items_of(text, wording, memory_);
        if (!items) return texts::style_told(rule, form);
        out.array(shape, *items);
        return {};
      }
      case Form::object: {
        const auto members = members_of(text, wording, memory_);
        if (!members) return texts::style_told(rule, form);
        out.object(shape, *members);
        return {};
      }
      case Form::scalar: {
        const auto plain = scalar_of(text, wording, memory_);
        if (!plain) return texts::style_told(rule, form);
        out.scalar(shape, *plain);
        return {};
      }
    }
    return "cannot be read";
  });
  if (out_.room() == room && !out_.cut() && texts::has_encoded_comma(rule, text) && std::ranges::find(forms, Form::array) != forms.end())
    check_decoded_list(rule, text, escapes);
}

/// "a%2Cb" is one item to who splits first, and two to who decodes first: it has to keep the schema for both.
void MessageCheck::check_decoded_list(const ParameterRule& rule, std::string_view text, Escapes escapes) {
  const auto plain = decoded(text, escapes, memory_);
  const std::array forms{Form::array};
  rule.value.judge_readings(forms, shapes_, blame(rule), out_, [&](Form, TypedText& out) -> std::string {
    if (!plain) return "must be percent-encoded UTF-8";
    out.array(rule.value.shape, text::split(*plain, ','));
    return {};
  });
}

void MessageCheck::check_content(const ParameterRule& rule, std::string_view text, Escapes escapes) {
  const auto where = blame(rule);
  const auto plain = decoded(text, escapes, memory_);
  if (!plain) return add(kind_.parameter, where.where, "must be percent-encoded UTF-8", rule.place);
  if (!rule.content || !rule.content->is_json()) {
    const std::array forms{Form::scalar};
    return rule.value.judge_readings(forms, shapes_, where, out_, [&](Form, TypedText& out) -> std::string {
      out.string(rule.value.shape, *plain);
      return {};
    });
  }
  const auto document = json::parse(*plain, options_.json);
  if (!document) return add(kind_.parameter, where.where, "must be JSON: " + document.error().told, rule.place);
  rule.value.judge(document->root(), where, out_);
}

void MessageCheck::check_header(const ParameterRule& rule, const http::Headers& headers) {
  std::string joined;
  std::string_view first;
  std::size_t count = 0;
  for (const auto& field : headers.all()) {
    if (field.name != rule.name) continue;
    if (count == 0) first = field.value;
    if (count == 1) joined = first;
    if (count++ > 0) (joined += ", ") += field.value;  // RFC 9110 section 5.3
  }
  if (count == 0) return missing(rule);
  const auto kinds = shapes_[rule.value.shape].kinds;
  if (count > 1 && !kinds.has(Kinds::array) && !kinds.has(Kinds::object))
    return add(kind_.parameter, blame(rule).where, "must come only once", rule.place);
  check_text(rule, count == 1 ? first : memory_.copy(joined), Escapes::none);
}

}  // namespace gatehouse::contract
