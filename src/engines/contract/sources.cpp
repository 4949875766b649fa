#include "engines/contract/sources.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "engines/contract/json_lines.hpp"
#include "engines/contract/json_pointer.hpp"
#include "engines/contract/property_references.hpp"
#include "engines/contract/reference.hpp"
#include "ground/json/fault_offset.hpp"

namespace gatehouse::contract {

namespace source {
namespace {
std::uint32_t line_of(std::string_view text, std::size_t offset) {
  return static_cast<std::uint32_t>(std::ranges::count(text.substr(0, std::min(offset, text.size())), '\n') + 1);
}

bool looks_like_json(std::string_view path, std::string_view text) noexcept {
  if (path.ends_with(".json")) return true;
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && text[first] == '{';
}
}  // namespace
}  // namespace source

Result<Source> Source::parse(std::string path, std::string text, const LoadLimits& limits, std::uint32_t& line) {
  line = 1;
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  if (source::looks_like_json(path, text)) {
    auto document = json::parse(
        text, {.bytes = limits.file_bytes, .depth = limits.depth, .members = 1'000'000, .string_bytes = limits.file_bytes, .wide_integers = true});
    if (document) return Source(std::move(path), Json{std::move(text), std::move(*document)});
    // "{a: 1}" is YAML, too.
    if (path.ends_with(".json")) {
      if (const auto offset = json::fault_offset(text)) line = source::line_of(text, *offset);
      return refuse(document.error().fault, document.error().told);
    }
  }
  auto tree = yaml::read(text, {.bytes = limits.file_bytes, .depth = limits.depth, .string_bytes = limits.file_bytes});
  if (tree) return Source(std::move(path), std::move(*tree));
  line = tree.error().line;
  return refuse(tree.error().fault, "column " + std::to_string(tree.error().column) + ": " + tree.error().what);
}

json::Value Source::root() const noexcept {
  if (replaced_) return replaced_->root();
  if (const auto* json = std::get_if<Json>(&content_)) return json->document.root();
  return std::get<yaml::Tree>(content_).root();
}

std::uint32_t Source::line_at(std::string_view pointer) const {
  const auto* const json = std::get_if<Json>(&content_);
  const auto root = json != nullptr ? json->document.root() : std::get<yaml::Tree>(content_).root();  // as it was written
  auto value = follow(root, pointer);
  while (!value) {  // what was put in place later has the line of its container
    pointer = pointer.substr(0, pointer.rfind('/') == pointer.npos ? 0 : pointer.rfind('/'));
    value = follow(root, pointer);
  }
  return line_as_written(*value);
}

std::uint32_t Source::line_of(const json::Value& value, std::string_view pointer) const {
  return replaced_ ? line_at(pointer) : line_as_written(value);
}

std::uint32_t Source::line_as_written(const json::Value& value) const {
  const auto* const json = std::get_if<Json>(&content_);
  if (json == nullptr) return std::get<yaml::Tree>(content_).line_of(value);
  if (json->lines.empty()) json->lines = json_lines(json->text);
  const auto* const first = static_cast<const json::internal::Node*>(json->document.root().identity());
  const auto at = static_cast<std::size_t>(static_cast<const json::internal::Node*>(value.identity()) - first);
  return at < json->lines.size() ? json->lines[at] : 1;
}

Node Node::child(std::string_view name, json::Value member) const {
  std::string longer;
  longer.reserve(pointer.size() + name.size() + 8);
  longer = pointer;
  append_token(longer, name);
  return {source, member, std::move(longer)};
}

Node Node::child(std::size_t number, json::Value element) const { return {source, element, pointer + '/' + std::to_string(number)}; }

void Sources::complain(const Node& at, std::string what, Gravity gravity) {
  if (gravity == Gravity::error && complaints_.full()) return;
  if (gravity == Gravity::warning && complaints_.warnings() >= Complaints::kept_max) return complaints_.add({gravity, {}, 1, {}, {}});
  complaints_.add({gravity, at.source->path(), at.source->line_at(at.pointer), at.pointer, std::move(what)});
}

const Source* Sources::refuse_file(std::string_view path, const Node* because, const std::string& what, std::uint32_t line) {
  sources_.insert_or_assign(std::string(path), nullptr);
  if (because != nullptr) complain(*because, "refers to the file '" + std::string(path) + "', which " + what);
  else complaints_.add({Gravity::error, std::string(path), line, {}, what});
  return nullptr;
}

const Source* Sources::load(std::string_view path, const Node* because) {
  if (const auto known = sources_.find(path); known != sources_.end()) return known->second.get();
  if (sources_.size() >= limits_.files) return refuse_file(path, because, "is one file too many", 1);
  auto text = files_.read(path);
  if (!text) return refuse_file(path, because, "cannot be read: " + to_text(text.error()), 1);
  bytes_ += text->size();
  if (text->size() > limits_.file_bytes || bytes_ > limits_.bytes) return refuse_file(path, because, "is too large, or all files together are", 1);
  std::uint32_t line = 1;
  auto parsed = Source::parse(std::string(path), std::move(*text), limits_, line);
  if (!parsed) return refuse_file(path, nullptr, parsed.error().told, line);
  auto* const out = sources_.emplace(std::string(path), std::make_unique<Source>(std::move(*parsed))).first->second.get();
  put_properties_in_place(*out);
  return out;
}

/// A target's file may be this one or be about to be read, too: then it is as it was written.
void Sources::put_properties_in_place(Source& source) {
  if (!has_property_references(source.root())) return;
  auto document = with_properties_in_place(source, [this](const Source& from, std::string_view reference) { return find(from, reference); });
  if (document) source.replace_root(std::move(*document));
}

std::optional<Node> Sources::find(const Source& from, std::string_view reference) {
  const auto parsed = parse_reference(reference, from.path());
  if (!parsed) return std::nullopt;
  const auto* const source = load(parsed->file);
  const auto value = source == nullptr ? std::nullopt : follow(source->root(), parsed->pointer);
  if (!value) return std::nullopt;
  return Node{source, *value, parsed->pointer};
}

std::optional<Node> Sources::resolve(const Node& at, std::string_view reference) {
  auto key = at.source->path();
  key += '\n';
  key += reference;
  if (const auto known = resolved_.find(key); known != resolved_.end()) {
    if (!known->second) complain(at, "refers to '" + std::string(reference) + "', which is not there");
    return known->second;
  }
  auto target = [&]() -> std::optional<Node> {
    const auto parsed = parse_reference(reference, at.source->path());
    if (!parsed) {
      complain(at, "has a '$ref' that " + parsed.error().told);
      return std::nullopt;
    }
    const auto* const source = load(parsed->file, &at);
    if (source == nullptr) return std::nullopt;
    const auto value = follow(source->root(), parsed->pointer);
    if (!value) {
      complain(at, "refers to '" + std::string(reference) + "', which is not there");
      return std::nullopt;
    }
    return Node{source, *value, parsed->pointer};
  }();
  return resolved_.emplace(std::move(key), std::move(target)).first->second;
}

std::optional<Node> Sources::dereferenced(Node at) {
  const Node first = at;
  for (std::size_t hops = 0; hops <= limits_.hops; ++hops) {
    const auto reference = at.value.is_object() ? at.value.get("$ref") : std::nullopt;
    if (!reference) return at;
    const auto text = reference->string();
    if (!text) {
      complain(at, "has a '$ref' that is no text");
      return std::nullopt;
    }
    auto next = resolve(at, *text);
    if (!next) return std::nullopt;
    at = std::move(*next);
  }
  complain(first, "refers to something that in the end refers to itself");
  return std::nullopt;
}

}  // namespace gatehouse::contract
