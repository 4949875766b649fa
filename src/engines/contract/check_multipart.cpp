// A body of parts is judged as the object that it means: each part a member, parts of one name an array (OpenAPI 3.0.4 section 4.7.15).
#include <algorithm>
#include <array>

#include "engines/contract/message_check.hpp"
#include "engines/contract/multipart.hpp"
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
    const bool list = kinds.has(Kinds::array) && (parts.size() > 1 || !kinds.has_scalar());
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
      out_.builder().value(document->root());
    } else if (!text::is_utf8(part.content)) {
      out_.builder().string(std::string(part.content.size(), '?'));  // bytes have no form in JSON: only their number can be judged
    } else if (part.filename) {
      out_.builder().string(part.content);
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
  const auto boundary = std::ranges::find(type.parameters, "boundary", &std::pair<std::string, std::string>::first);
  if (boundary == type.parameters.end()) return add(kind_.syntax, "header.content-type", "must name a boundary", rule.place);
  const auto parts = parse_multipart(body, boundary->second);
  if (!parts) return add(kind_.syntax, "body", parts.error(), rule.place);
  if (!rule.value.schema) return;
  const std::array forms{Form::object};
  rule.value.judge_readings(forms, shapes_, body_blame(rule), out_,
                            [&](Form, TypedText& out) { return multipart_check::Writer(rule, options_.json, out).write(*parts); });
}

}  // namespace gatehouse::contract
