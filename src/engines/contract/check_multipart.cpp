// A body of parts is judged as the object that it means: each part a member, parts of one name an array (OpenAPI 3.0.4 section 4.7.15).
#include <algorithm>
#include <array>

#include "engines/contract/message_check.hpp"
#include "engines/contract/multipart.hpp"
#include "engines/contract/other_spelling.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::contract {

namespace multipart_check {
namespace {
/// Of which media types the part must be by the contract: ranges with commas between; empty: any.
std::vector<MediaType> ranges_of(const MediaRule& rule, std::string_view property) {
  std::vector<MediaType> out;
  const auto encoding = std::ranges::find(rule.encodings, property, &Encoding::property);
  if (encoding == rule.encodings.end() || encoding->content_type.empty()) return out;
  for (const auto range : text::split(encoding->content_type, ','))
    if (auto parsed = MediaType::parse(range)) out.push_back(std::move(*parsed));
  return out;
}

/// Some servers (aiohttp) read all that follows in the charset that such a field names.
constexpr std::string_view charset_field = "_charset_";

bool is_ascii(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Of the media types that the contract names for the part, none is text.
bool is_binary(const std::vector<MediaType>& ranges) {
  const auto binary = [](const MediaType& type) {
    return type.type != "*" && type.type != "text" && !type.is_json() && !type.is_xml() && !type.is("application/x-www-form-urlencoded");
  };
  return !ranges.empty() && std::ranges::all_of(ranges, binary);
}

/// The part may be bytes: its schema or the media types of the contract say so, or nothing at all is said of it.
bool takes_bytes(const MediaRule& rule, const Shapes& shapes, std::string_view name) {
  const auto& own = shapes[shapes[rule.value.shape].member_or_other(name)];
  if (own.takes_bytes() || is_binary(ranges_of(rule, name))) return true;
  return own.kinds.has(Kinds::array) && own.kinds != Kinds(Kinds::every) && shapes[own.items].takes_bytes();
}

class Writer {
 public:
  Writer(const MediaRule& rule, const json::Limits& limits, TypedText& out) : rule_(rule), limits_(limits), out_(out) {}

  std::string write(const std::vector<Part>& parts) {
    const auto& whole = out_.shapes()[rule_.value.shape];
    std::vector<std::string_view> names;
    for (const auto& part : parts)
      if (std::ranges::find(names, part.name) == names.end()) names.push_back(part.name);
    out_.builder().begin_object();
    for (const auto name : names) {
      std::vector<const Part*> same;
      for (const auto& part : parts)
        if (part.name == name) same.push_back(&part);
      out_.builder().key(name);
      if (auto wrong = member(same, whole.member_or_other(name)); !wrong.empty()) return wrong;
    }
    out_.builder().end();
    return {};
  }

 private:
  std::string member(const std::vector<const Part*>& parts, ShapeId shape) {
    const auto kinds = out_.shapes()[shape].kinds;
    const bool list = out_.shapes()[shape].takes_lists() && (parts.size() > 1 || !kinds.has_scalar());
    if (!list && parts.size() > 1) return std::string(parts.front()->name) + " must come only once";
    // An array in one part is JSON, if the part says so.
    const auto& type = parts.front()->type;
    if (!list || (parts.size() == 1 && type && type->is_json())) return one(*parts.front(), shape);
    out_.builder().begin_array();
    for (const auto* const part : parts)
      if (auto wrong = one(*part, out_.shapes()[shape].items); !wrong.empty()) return wrong;
    out_.builder().end();
    return {};
  }

  std::string one(const Part& part, ShapeId shape) {
    const MediaType plain{"text", "plain", {}};
    const auto ranges = ranges_of(rule_, part.name);
    if (!ranges.empty() && !best_fit(ranges, part.type.value_or(plain)))
      return std::string(part.name) + " must be of the media type that is described for it";
    const auto kinds = out_.shapes()[shape].kinds;
    const bool is_json = part.type && part.type->is_json();
    const bool text_only = kinds.has(Kinds::string) && !kinds.has(Kinds::object) && !kinds.has(Kinds::array);
    if ((is_json && !text_only) || (kinds.has(Kinds::object) && !kinds.has(Kinds::string))) {
      const auto document = json::parse(part.content, limits_);
      if (!document) return std::string(part.name) + " must be JSON: " + document.error().told;
      out_.value(shape, document->root());
    } else if (!text::is_utf8(part.content)) {
      out_.string(shape, std::string(part.content.size(), '?'));  // bytes have no form in JSON: only their number can be judged
    } else if (part.filename) {
      out_.string(shape, part.content);
    } else {
      out_.scalar(shape, part.content);
    }
    return {};
  }

  const MediaRule& rule_;
  const json::Limits& limits_;
  TypedText& out_;
};
}  // namespace
}  // namespace multipart_check

void MessageCheck::check_multipart(const MediaRule& rule, const MediaType& type, std::string_view body) {
  // Some servers (PHP, Rack) take the boundary from wherever that word stands.
  for (const auto& [name, value] : type.parameters)
    if (name != "boundary" && name != "charset")
      return add(kind_.media_type, "header.content-type", "must have no parameters but boundary and charset", rule.place);
  if (!type.means_utf8(multipart_check::is_ascii(body)))
    return add(kind_.media_type, "header.content-type", "must name no charset other than utf-8", rule.place);
  const auto boundary = std::ranges::find(type.parameters, "boundary", &std::pair<std::string, std::string>::first);
  if (boundary == type.parameters.end()) return add(kind_.syntax, "header.content-type", "must name a boundary", rule.place);
  const auto parts = parse_multipart(body, boundary->second);
  if (!parts) return add(kind_.syntax, "body", parts.error(), rule.place);
  for (const auto& part : *parts) {
    if (const auto& whole = shapes_[rule.value.shape]; kind_.direction == schema::Direction::request && !whole.member(part.name))
      if (auto wrong = wrong_with_unnamed(part.name, whole); !wrong.empty()) return add(kind_.content, "body", std::move(wrong), rule.place);
    if (part.name == multipart_check::charset_field && !text::equal_ignoring_case(part.content, "utf-8"))
      return add(kind_.syntax, "body", "must be UTF-8, whatever the field _charset_ says", rule.place);
    if (!rule.value.schema || multipart_check::takes_bytes(rule, shapes_, part.name)) continue;
    if (!text::is_utf8(part.content)) return add(kind_.syntax, "body", std::string(part.name) + " must be UTF-8", rule.place);
    if (part.type && !part.type->means_utf8(multipart_check::is_ascii(part.content)))
      return add(kind_.media_type, "body", std::string(part.name) + " must name no charset other than utf-8", rule.place);
  }
  if (!rule.value.schema) return;
  const std::array forms{Form::object};
  rule.value.judge_readings(forms, shapes_, body_blame(rule), out_,
                            [&](Form, TypedText& out) { return multipart_check::Writer(rule, options_.json, out).write(*parts); });
}

}  // namespace gatehouse::contract
