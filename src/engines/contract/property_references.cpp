#include "engines/contract/property_references.hpp"

#include <set>
#include <string>

#include "engines/contract/json_pointer.hpp"
#include "engines/contract/reference.hpp"
#include "ground/base/text.hpp"
#include "ground/json/builder.hpp"

namespace gatehouse::contract {

namespace property_references {
namespace {
constexpr std::size_t nodes_max = 4'000'000, depth_max = 400, hops_max = 16;

std::optional<std::string_view> reference_of_map(std::string_view name, const json::Value& value) {
  return name == "properties" ? value.string("$ref") : std::nullopt;
}

/// How `to` is named from within the file `from`, both relative to the same folder.
std::string relative(std::string_view from, const Reference& to) {
  std::string out;
  for (const char c : from)
    if (c == '/') out += "../";
  out += url_of_file(to.file).substr(std::string_view("file:///").size());
  return out + '#' + as_fragment(to.pointer);
}

class Copy {
 public:
  Copy(const Source& host, const FindTarget& find) : host_(host), find_(find) {}

  std::optional<json::Document> run() {
    value(host_.root(), host_, 0);
    if (too_much_) return std::nullopt;
    auto document = std::move(out_).finish();
    if (!document) return std::nullopt;
    return std::move(*document);
  }

 private:
  void value(const json::Value& value, const Source& from, std::size_t depth) {
    if (too_much_ || depth > depth_max || out_.position() > nodes_max) {
      too_much_ = true;
      out_.null();
      return;
    }
    if (value.is_array()) {
      out_.begin_array();
      for (const auto& element : value.elements()) this->value(element, from, depth + 1);
      out_.end();
    } else if (value.is_object()) {
      out_.begin_object();
      for (const auto& [name, content] : value.members()) member(name, content, from, depth);
      out_.end();
    } else {
      out_.value(value);
    }
  }

  void member(std::string_view name, const json::Value& content, const Source& from, std::size_t depth) {
    out_.key(name);
    if (name == "$ref" && &from != &host_) {
      const auto text = content.string();
      const auto parsed =
          text && !is_url(*text) ? parse_reference(*text, from.path()) : Result<Reference>(fail(Fault::invalid, "no reference to a file"));
      if (parsed) out_.string(relative(host_.path(), *parsed));
      else out_.value(content);
      return;
    }
    if (reference_of_map(name, content)) map(content, from, depth + 1);
    else value(content, from, depth + 1);
  }

  /// The members of a map and of those that it refers to; its own first.
  void map(const json::Value& first, const Source& from, std::size_t depth) {
    std::set<std::string, std::less<>> names;
    out_.begin_object();
    std::optional<json::Value> at = first;
    const auto* source = &from;
    for (std::size_t hops = 0; at && hops < hops_max; ++hops) {
      const auto reference = at->string("$ref");
      const auto target = reference ? find_(*source, *reference) : std::nullopt;
      const bool followed = target && target->value.is_object();
      for (const auto& [name, content] : at->members()) {
        if (name == "$ref" && followed) continue;
        if (names.emplace(name).second) member(name, content, *source, depth);
      }
      if (!followed) break;
      at = target->value;
      source = target->source;
    }
    out_.end();
  }

  const Source& host_;
  const FindTarget& find_;
  json::Builder out_;
  bool too_much_ = false;
};
}  // namespace
}  // namespace property_references

bool has_property_references(const json::Value& root) {
  for (const auto& [name, value] : root.members())
    if (property_references::reference_of_map(name, value) || has_property_references(value)) return true;
  for (const auto& element : root.elements())
    if (has_property_references(element)) return true;
  return false;
}

std::optional<json::Document> with_properties_in_place(const Source& source, const FindTarget& find) {
  return property_references::Copy(source, find).run();
}

}  // namespace gatehouse::contract
