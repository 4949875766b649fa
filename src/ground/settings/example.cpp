// Shapes as a commented YAML document. Purposes are comments with a space ("# text"), settings that are switched off have none
// ("#name: value"), so that an editor's "uncomment" makes a setting of the second and leaves the first alone.
#include <algorithm>

#include "ground/settings/describe.hpp"

namespace gatehouse::settings {

namespace example {

namespace {

void comment(std::string& out, std::string_view text, const std::string& indent) {
  constexpr std::size_t width = 100;
  while (!text.empty()) {
    std::size_t end = text.size();
    if (end > width) {
      end = text.rfind(' ', width);
      if (end == text.npos || end == 0) end = std::min(text.find(' '), text.size());
    }
    out += indent + "# " + std::string(text.substr(0, end)) + '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void write_block(std::string& out, const Shape& block, const std::string& indent, bool off);

/// Whether the setting is worth more than one line: a block, or a list or a map of them.
const Shape* inner_block(const Shape& shape) {
  if (shape.kind == Shape::Kind::block) return &shape;
  return shape.items && shape.items->shape().kind == Shape::Kind::block ? &shape.items->shape() : nullptr;
}

/// "clinic" of "{ clinic: { ... } }"
std::string first_name(std::string_view flow_map) {
  const auto begin = flow_map.find_first_not_of("{ ");
  const auto end = flow_map.find(':');
  return std::string(flow_map.substr(begin, end - begin));
}

void write_field(std::string& out, const Field& field, const std::string& indent, bool off) {
  const Shape& shape = field.type->shape();
  const Shape* block = inner_block(shape);
  const std::string mark = off ? "#" : "";
  comment(out, field.purpose, indent);
  // A word in a block's place, or a short example, says it in one line.
  if (block == nullptr || !field.example.starts_with('{') || !shape.words.empty()) {
    if (block == nullptr || shape.kind != Shape::Kind::list || field.example.front() != '[') {
      out += indent + mark + field.name + ": " + field.example + '\n';
      return;
    }
  }
  out += indent + mark + field.name + ":\n";
  if (shape.kind == Shape::Kind::block) return write_block(out, *block, indent + "  ", off);
  if (shape.kind == Shape::Kind::map) {
    out += indent + "  " + mark + first_name(field.example) + ":\n";
    return write_block(out, *block, indent + "    ", off);
  }
  out += indent + "  " + mark + "-\n";
  write_block(out, *block, indent + "    ", off);
}

void write_block(std::string& out, const Shape& block, const std::string& indent, bool off) {
  for (const auto& field : block.fields) {
    if (indent.empty()) out += '\n';
    write_field(out, field, indent, off || !field.required);
  }
}

}  // namespace
}  // namespace example

std::string example_at(const Type& type, std::string_view path) {
  const Shape* shape = &type.shape();
  std::string out;
  while (!path.empty()) {
    if (path.front() == '.') path.remove_prefix(1);
    const auto end = std::min(path.find_first_of(".[", path.starts_with('[') ? 1 : 0), path.size());
    const auto name = path.substr(0, end);
    path.remove_prefix(name.size());
    if (shape->items) {
      shape = &shape->items->shape();
      continue;
    }
    const auto field = std::ranges::find(shape->fields, name, &Field::name);
    if (field == shape->fields.end()) break;
    out = field->name + ": " + field->example;
    shape = &field->type->shape();
  }
  return out;
}

std::string yaml_example(const Type& block) {
  std::string out;
  example::comment(out, block.shape().purpose, "");
  example::write_block(out, block.shape(), "", false);
  return out;
}

}  // namespace gatehouse::settings
