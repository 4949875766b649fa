// Shapes as JSON Schema 2020-12, for editors. The schema takes everything that the reader takes, and refuses what a value by itself can be wrong in:
// form, length, range. The reader is stricter where that takes more than the value (files, other settings, names that are known) or a list of words.
#include "ground/json/writer.hpp"
#include "ground/settings/describe.hpp"

namespace gatehouse::settings {

namespace schema {

namespace {

/// A scalar in YAML as the JSON value that it means; false for lists and blocks, which need no repetition in a schema.
bool write_scalar(json::Writer& out, std::string_view yaml, Shape::Kind kind) {
  if (yaml.empty() || yaml.front() == '[' || yaml.front() == '{') return false;
  if (kind == Shape::Kind::integer && yaml.find_first_not_of("0123456789") == yaml.npos) out.value(std::stoll(std::string(yaml)));
  else if (kind == Shape::Kind::boolean) out.value(yaml == "true");
  else out.value(yaml.front() == '"' ? yaml.substr(1, yaml.size() - 2) : yaml);
  return true;
}

bool is_plain_scalar(std::string_view yaml) { return !yaml.empty() && yaml.front() != '[' && yaml.front() != '{' && !yaml.contains('\\'); }

void write(json::Writer& out, const Shape& shape);

void write_words(json::Writer& out, const Shape& shape) {
  out.key("enum").begin_array();
  for (const auto& word : shape.words) out.value(word.text);
  out.end();
}

void write_block(json::Writer& out, const Shape& shape) {
  out.member("type", "object").member("description", shape.purpose).key("properties").begin_object();
  for (const auto& field : shape.fields) {
    out.key(field.name).begin_object();
    write(out, field.type->shape());
    if (field.type->shape().kind != Shape::Kind::block || !field.type->shape().words.empty()) out.member("description", field.purpose);
    if (is_plain_scalar(field.preset) && !field.required) write_scalar(out.key("default"), field.preset, field.type->shape().kind);
    if (is_plain_scalar(field.example)) {
      out.key("examples").begin_array();
      write_scalar(out, field.example, field.type->shape().kind);
      out.end();
    }
    out.end();
  }
  out.end();
  bool any = false;
  for (const auto& field : shape.fields) {
    if (!field.required) continue;
    if (!any) out.key("required").begin_array();
    any = true;
    out.value(field.name);
  }
  if (any) out.end();
  out.member("additionalProperties", false);
}

void write_value(json::Writer& out, const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::text:
      out.member("type", "string");
      if (!shape.pattern.empty()) out.member("pattern", shape.pattern);
      if (shape.maximum != std::numeric_limits<std::int64_t>::max()) out.member("maxLength", shape.maximum);  // characters: at most as many as bytes
      return;
    case Shape::Kind::words: return write_words(out, shape);
    case Shape::Kind::integer: out.member("type", "integer").member("minimum", shape.minimum).member("maximum", shape.maximum); return;
    case Shape::Kind::boolean: out.member("type", "boolean"); return;
    case Shape::Kind::scalar: out.key("type").begin_array().value("string").value("boolean").value("integer").end(); return;
    case Shape::Kind::list:
      out.member("type", "array").key("items").begin_object();
      write(out, shape.items->shape());
      out.end();
      if (shape.minimum > 0) out.member("minItems", shape.minimum);
      out.member("maxItems", shape.maximum);
      return;
    case Shape::Kind::map:
      out.member("type", "object");
      if (!shape.pattern.empty()) out.key("propertyNames").begin_object().member("pattern", shape.pattern).end();
      out.key("additionalProperties").begin_object();
      write(out, shape.items->shape());
      out.end().member("maxProperties", shape.maximum);
      return;
    case Shape::Kind::block: return write_block(out, shape);
  }
}

/// The members of one schema object.
void write(json::Writer& out, const Shape& shape) {
  if (shape.words.empty() || shape.kind == Shape::Kind::words) return write_value(out, shape);
  out.key("anyOf").begin_array().begin_object();
  write_words(out, shape);
  out.end().begin_object();
  write_value(out, shape);
  out.end().end();
}

/// One-line JSON over several lines: a committed file must be readable in a review.
std::string indented(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  bool in_string = false;
  const auto line = [&] { (out += '\n').append(depth * 2, ' '); };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      out += c;
      if (c == '\\') out += json[++i];
      else if (c == '"') in_string = false;
    } else if (c == '"') {
      out += c;
      in_string = true;
    } else if (c == '{' || c == '[') {
      out += c;
      ++depth;
      line();
    } else if (c == '}' || c == ']') {
      --depth;
      line();
      out += c;
    } else if (c == ',') {
      out += c;
      line();
    } else {
      out += c;
      if (c == ':') out += ' ';
    }
  }
  return out + '\n';
}

}  // namespace
}  // namespace schema

std::string json_schema(const Type& type) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  schema::write(out, type.shape());
  out.end();
  return text;
}

std::string json_schema_document(const Type& type, std::string_view title) {
  std::string text;
  json::Writer out(text);
  out.begin_object().member("$schema", "https://json-schema.org/draft/2020-12/schema").member("title", title);
  schema::write(out, type.shape());
  out.end();
  return schema::indented(text);
}

}  // namespace gatehouse::settings
