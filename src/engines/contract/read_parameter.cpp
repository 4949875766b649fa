// Parameters: where each is, how its value is written, what it must be. And headers of responses, which are parameters without a name of their own.
#include <algorithm>

#include "engines/contract/reader.hpp"
#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"

namespace gatehouse::contract {

namespace parameter {
namespace {
std::optional<In> in_from(std::string_view text, Version version) noexcept {
  if (text == "path") return In::path;
  if (text == "query") return In::query;
  if (text == "header") return In::header;
  if (text == "cookie") return In::cookie;
  if (text == "querystring" && version == Version::v3_2) return In::querystring;
  return std::nullopt;
}

std::optional<Style> style_from(std::string_view text) noexcept {
  if (text == "simple") return Style::simple;
  if (text == "label") return Style::label;
  if (text == "matrix") return Style::matrix;
  if (text == "form") return Style::form;
  if (text == "spaceDelimited") return Style::space_delimited;
  if (text == "pipeDelimited") return Style::pipe_delimited;
  if (text == "deepObject") return Style::deep_object;
  if (text == "cookie") return Style::cookie;
  return std::nullopt;
}

/// OpenAPI 3.2.0 section 4.12.3: which styles a place allows; `cookie` is new there.
bool allows(In in, Style style, Version version) noexcept {
  switch (in) {
    case In::path: return style == Style::simple || style == Style::label || style == Style::matrix;
    case In::query: return style == Style::form || style == Style::space_delimited || style == Style::pipe_delimited || style == Style::deep_object;
    case In::header: return style == Style::simple;
    case In::cookie: return style == Style::form || (style == Style::cookie && version == Version::v3_2);
    case In::querystring: return false;
  }
  return false;
}

/// OpenAPI ignores descriptions of these: they follow from content, responses and security (3.0.4 section 4.7.12.2.1).
bool is_ignored_header(std::string_view name) noexcept { return name == "accept" || name == "content-type" || name == "authorization"; }
}  // namespace
}  // namespace parameter

std::vector<Parameter> Reader::read_parameters(const Node& holder, const PathTemplate& path_template) {
  std::vector<Parameter> out;
  for (const auto& at : list(holder, "parameters")) {
    if (out.size() >= limits_.parameters) {
      error(at, "is one parameter too many; an operation has at most " + std::to_string(limits_.parameters));
      break;
    }
    auto target = as_object(at);
    if (!target) continue;
    auto one = read_parameter(*target);
    if (!one) continue;
    if (one->in == In::header && parameter::is_ignored_header(one->name)) continue;
    const auto same = [&](const Parameter& other) { return other.in == one->in && other.name == one->name; };
    if (std::ranges::any_of(out, same)) {
      error(at, "describes the " + std::string(to_text(one->in)) + " parameter '" + one->name + "' for the second time");
      continue;
    }
    // A name in what follows the path ("/a#find={arn}") is never sent as one.
    if (one->in == In::path && path_template.suffix().contains('{' + one->name + '}') && std::ranges::count(path_template.names(), one->name) == 0)
      continue;
    out.push_back(std::move(*one));
  }
  return out;
}

std::optional<Parameter> Reader::read_parameter(const Node& at) {
  const auto key = at.source->path() + '\n' + at.pointer;
  if (const auto known = parameters_.find(key); known != parameters_.end()) return known->second;
  const auto name = text(at, "name"), in_text = text(at, "in");
  if (!name || !in_text) {
    error(at, "needs a 'name' and 'in', where the parameter is");
    return std::nullopt;
  }
  if (name->empty()) {
    // No message has a header or cookie without a name. In a query one could come, and nobody could say which it is.
    const bool never_sent = (*in_text == "header" || *in_text == "cookie") && !truth(at, "required").value_or(false);
    if (never_sent) warning(at, "has an empty name, with which nothing is ever sent");
    else error(at, "has an empty name");
    return std::nullopt;
  }
  const auto in = parameter::in_from(*in_text, out_.version);
  if (!in) {
    error(at, "is in '" + std::string(*in_text) + "', where this version of OpenAPI knows no parameters");
    return std::nullopt;
  }
  Parameter out{.name = *in == In::header ? text::lower(*name) : std::string(*name), .in = *in, .schema = {}, .content = {}, .at = at};
  if (out.in == In::header && !http::is_token(out.name)) {
    error(at, "names a header that is none: '" + std::string(*name) + "'");
    return std::nullopt;
  }
  const auto required = truth(at, "required");
  out.required = required.value_or(false);
  if (out.in == In::path && !out.required) {
    if (!required || !*required) warning(at, "is in the path and so must say 'required: true'; it is required");
    out.required = true;
  }
  out.allow_empty = truth(at, "allowEmptyValue").value_or(false) && out.in == In::query;
  if (!read_parameter_value(at, out)) return std::nullopt;
  read_style(at, out);
  parameters_.emplace(key, out);
  return out;
}

/// Exactly one of `schema` and `content` (OpenAPI 3.0.4 section 4.7.12.2).
bool Reader::read_parameter_value(const Node& at, Parameter& parameter) {
  const bool has_schema = member(at, "schema").has_value(), has_content = member(at, "content").has_value();
  if (has_schema == has_content) {
    error(at, has_schema ? "has both 'schema' and 'content', and only one can hold" : "needs a 'schema' or a 'content' that says what it must be");
    return false;
  }
  if (has_schema) {
    parameter.schema = read_schema(at, "schema");
    return parameter.schema.has_value();
  }
  auto content = read_content(at);
  const auto as_written = object(at, "content");
  if (content.size() != 1 || !as_written || as_written->value.size() != 1) {
    error(at, "must have exactly one media type in its 'content'");
    return false;
  }
  parameter.content = std::move(content.front());
  return true;
}

void Reader::read_style(const Node& at, Parameter& parameter) {
  const bool form = parameter.in == In::query || parameter.in == In::cookie;
  parameter.style = form ? Style::form : Style::simple;
  if (const auto text_of_style = text(at, "style")) {
    const auto style = parameter::style_from(*text_of_style);
    if (style && parameter::allows(parameter.in, *style, out_.version)) parameter.style = *style;
    else
      error(at, "has the style '" + std::string(*text_of_style) + "', which a parameter in " + std::string(to_text(parameter.in)) + " cannot have");
  }
  // OpenAPI 3.0.4 section 4.7.12.2.2: true for form, else false; a deep object has only one form.
  parameter.explode = truth(at, "explode").value_or(parameter.style == Style::form || parameter.style == Style::cookie);
  if (parameter.in == In::querystring && !parameter.content) error(at, "is the whole query and needs 'content'");
}

std::vector<Parameter> Reader::read_headers(const Node& holder) {
  std::vector<Parameter> out;
  const auto headers = object(holder, "headers");
  if (!headers) return out;
  for (const auto& [name, value] : headers->value.members()) {
    const auto header = as_object(headers->child(name, value));
    if (!header || parameter::is_ignored_header(text::lower(name))) continue;
    Parameter one{.name = text::lower(name), .in = In::header, .schema = {}, .content = {}, .at = *header};
    if (!http::is_token(one.name)) {
      error(*header, "names a header that is none: '" + std::string(name) + "'");
      continue;
    }
    one.required = truth(*header, "required").value_or(false);
    // Many publishers only describe a response's header in words: such a one may be anything.
    if ((member(*header, "schema") || member(*header, "content")) && !read_parameter_value(*header, one)) continue;
    read_style(*header, one);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace gatehouse::contract
