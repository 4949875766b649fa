// Shapes as a reference for people: one section for each block, one row for each setting.
#include <map>

#include "ground/settings/describe.hpp"

namespace gatehouse::settings {

namespace reference {

namespace {

struct Section {
  std::string title;  ///< "routes[].timeouts"
  const Shape* shape;
};

/// The block that a setting holds, itself or in its items; null when there is none. `path` grows by the way to it.
const Shape* block_of(const Shape& shape, std::string& path) {
  if (shape.kind == Shape::Kind::block) return &shape;
  if (shape.kind == Shape::Kind::list) path += "[]";
  if (shape.kind == Shape::Kind::map) path += ".NAME";
  return shape.items ? block_of(shape.items->shape(), path) : nullptr;
}

std::string anchor(std::string_view title) {  // as the usual renderers make it from a heading
  std::string out;
  for (const char c : title)
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-') out += c;
    else if (c >= 'A' && c <= 'Z') out += static_cast<char>(c + 32);
  return out;
}

class Reference {
 public:
  std::string write(const Shape& root) {
    collect("", root);
    for (std::size_t i = 0; i < sections_.size(); ++i) section(sections_[i]);
    return std::move(out_);
  }

 private:
  /// Breadth first within a block, depth first between them: a block's own blocks follow it.
  void collect(const std::string& path, const Shape& block) {
    sections_.push_back({path, &block});
    for (const auto& field : block.fields) {
      std::string inner_path = path.empty() ? field.name : path + "." + field.name;
      const Shape* inner = block_of(field.type->shape(), inner_path);
      if (inner == nullptr || titles_.contains(inner->name)) continue;
      titles_.emplace(inner->name, inner_path);
      collect(inner_path, *inner);
    }
  }

  void section(const Section& section) {
    out_ += section.title.empty() ? "## The document\n\n" : "## `" + section.title + "`\n\n";
    out_ += section.shape->purpose + "\n\n| setting | value | default | meaning |\n|---|---|---|---|\n";
    for (const auto& field : section.shape->fields) {
      out_ += "| `" + field.name + "` | " + cell(value(field.type->shape())) + " | ";
      if (field.required) out_ += "**required**";
      else if (!field.preset.empty() && field.preset != "{}" && field.preset != "[]") out_ += "`" + cell(field.preset) + "`";
      out_ += " | " + cell(field.purpose + words(field.type->shape())) + " Example: `" + cell(field.name + ": " + field.example) + "` |\n";
    }
    out_ += '\n';
  }

  [[nodiscard]] std::string value(const Shape& shape) const {
    std::string out;
    for (const auto& word : shape.words) out += (out.empty() ? "`" : ", `") + word.text + "`";
    if (shape.kind == Shape::Kind::words) return out;
    if (!out.empty()) out += " or ";
    switch (shape.kind) {
      case Shape::Kind::text:
      case Shape::Kind::boolean:
      case Shape::Kind::scalar: return out + shape.name + (shape.range.empty() ? "" : ", " + shape.range);
      case Shape::Kind::integer: return out + "whole number, " + std::to_string(shape.minimum) + " to " + std::to_string(shape.maximum);
      case Shape::Kind::list: return out + "list of " + value(shape.items->shape());
      case Shape::Kind::map: return out + "names, each with a " + value(shape.items->shape());
      case Shape::Kind::block: {
        const auto found = titles_.find(shape.name);
        return out + "block" + (found == titles_.end() ? "" : " [`" + found->second + "`](#" + anchor(found->second) + ")");
      }
      case Shape::Kind::words: return out;
    }
    return out;
  }

  [[nodiscard]] static std::string words(const Shape& shape) {
    std::string out;
    for (const auto& word : shape.words)
      if (!word.purpose.empty()) out += (out.empty() ? " `" : "; `") + word.text + "`: " + word.purpose;
    if (!out.empty() && !out.ends_with('.')) out += '.';
    if (shape.kind == Shape::Kind::list && shape.items) out += words(shape.items->shape());
    return out;
  }

  /// A bar would end the cell of the table.
  [[nodiscard]] static std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) (out += c == '|' ? "\\" : "") += c;
    return out;
  }

  std::vector<Section> sections_;
  std::map<std::string, std::string> titles_;  // block -> where it is described
  std::string out_;
};

}  // namespace
}  // namespace reference

std::string markdown_reference(const Type& type) { return reference::Reference().write(type.shape()); }

}  // namespace gatehouse::settings
