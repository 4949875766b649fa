// The body of a request: whether one may come, of which media type, and what it must be.
#include <algorithm>
#include <array>

#include "engines/contract/deep_object.hpp"
#include "engines/contract/other_spelling.hpp"
#include "engines/contract/request_check.hpp"
#include "engines/contract/sequence.hpp"
#include "engines/contract/style.hpp"
#include "ground/base/text.hpp"
#include "ground/coding/inflate.hpp"
#include "ground/http/query.hpp"

namespace gatehouse::contract {

namespace body {
namespace {
std::string listed(const std::vector<MediaType>& ranges) {
  constexpr std::size_t shown_max = 8;
  std::string out;
  for (std::size_t i = 0; i < ranges.size() && i < shown_max; ++i) out += (i > 0 ? ", " : "") + ranges[i].type + '/' + ranges[i].subtype;
  return ranges.size() > shown_max ? out + " ..." : out;
}

const Encoding* encoding_of(const MediaRule& rule, std::string_view property) {
  const auto found = std::ranges::find(rule.encodings, property, &Encoding::property);
  return found == rule.encodings.end() ? nullptr : &*found;
}

/// Nothing but ASCII, encoded or not.
bool is_ascii_form(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool high_digit = text[i] == '%' && i + 1 < text.size() && text::hex_value(text[i + 1]) >= 8;
    if (high_digit || static_cast<unsigned char>(text[i]) >= 0x80) return false;
  }
  return true;
}

/// What some servers read otherwise than as pairs of UTF-8 between `&`; empty: nothing.
std::string ambiguity_of(Pairs& form, std::string_view text, Arena& memory) {
  // Older ones (Rack 2, Python before 3.9.2) split at `;`, too; who means one in a value encodes it.
  if (text.contains(';')) return "must have every semicolon percent-encoded";
  for (const auto& pair : form.all()) {
    if (std::ranges::any_of(pair.name, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; }))
      return "must have names without controls";
    if (pair.name != "_charset_") continue;
    const auto charset = decoded(pair.raw_value, Escapes::form, memory);
    if (!charset || !text::equal_ignoring_case(*charset, "utf-8")) return "must be UTF-8, whatever the field _charset_ says";
  }
  return {};
}
}  // namespace
}  // namespace body

void RequestCheck::check_request_body() {
  const bool there = call_.body && !call_.body->empty();
  const auto& rules = operation_.body();
  if (!rules) {
    if (there) add(400, "body", "must not be there: none is described", operation_.place());
    return;
  }
  if (there) check_body(rules->ranges, rules->media, rules->place, call_.headers, *call_.body);
  else if (rules->required) add(400, "body", "is required", rules->place);
}

void MessageCheck::check_body(const std::vector<MediaType>& ranges, const std::vector<MediaRule>& media, const std::string& place,
                              const http::Headers& headers, std::optional<std::string_view> body) {
  const auto field = headers.get(http::HeaderId::content_type);
  // RFC 9110 section 8.3: without the field a body may be taken for bytes of no known kind.
  const auto type = MediaType::parse(field.value_or("application/octet-stream"));
  const auto at = type && type->type != "*" && type->subtype != "*" ? best_fit(ranges, *type) : std::nullopt;
  if (!at) return add(kind_.media_type, "header.content-type", "must be one of " + body::listed(ranges), place);
  const auto coding = headers.get(http::HeaderId::content_encoding);
  if (coding && !text::equal_ignoring_case(*coding, "identity")) return check_coded(media[*at], *type, *coding, body);
  if (body) allow(body->size());
  if (body) check_media(media[*at], *type, *body);
}

/// A body that is coded goes on as it came, so a server that does not look at its coding must not find anything in it. Texts that begin with a letter or a bracket do not
/// begin as codings do; in a form or behind the first line of a multipart body there is room for what nobody has judged.
void MessageCheck::check_coded(const MediaRule& rule, const MediaType& type, std::string_view name, std::optional<std::string_view> body) {
  if (kind_.direction == schema::Direction::response)
    return add(kind_.media_type, "header.content-encoding",
               "must not be there, unless it is gzip or deflate and the body one whole stream of it, small enough to be inflated", rule.place);
  const bool distinct = type.is_json() || type.is_xml() || (rule.sequence && sequence_of(type) != Sequence::events);
  if (!distinct) return add(kind_.media_type, "header.content-encoding", std::string(no_coding_expected), rule.place);
  const auto coding = coding::coding_named(name);
  if (!coding) return add(kind_.media_type, "header.content-encoding", std::string(coding_expected), rule.place);
  const auto plain = coding::inflate(*coding, body.value_or(""), {.bytes = options_.json.bytes});
  if (!plain) return add(kind_.syntax, "body", plain.error().told, rule.place);
  allow(plain->size());
  check_media(rule, type, *plain);
}

void MessageCheck::check_json(const MediaRule& rule, const MediaType& type, std::string_view body) {
  if (!type.is_plain_utf8()) return add(kind_.media_type, "header.content-type", "must name no charset other than utf-8", rule.place);
  const auto judge = [&](json::Value value) {
    if (kind_.direction == schema::Direction::request)
      for (const auto [name, member] : value.members())
        if (http::is_method_override(name) && !shapes_[rule.value.shape].member(name))
          add(kind_.content, "body", std::string(name) + " must not be there: some servers take it for the method, and it is not described",
              rule.place);
    rule.value.judge(value, body_blame(rule), out_);
    return true;
  };
  if (const auto read = json::judged(body, options_.json, judge); !read) add(kind_.syntax, "body", "must be JSON: " + read.error().told, rule.place);
}

void MessageCheck::check_media(const MediaRule& rule, const MediaType& type, std::string_view body) {
  if (type.is_json()) return check_json(rule, type, body);
  if (type.is_xml()) return check_xml(rule, type, body);
  if (rule.sequence && sequence_of(type) == sequence_of(rule.range)) return check_sequence(rule, type, body);
  const auto blame = body_blame(rule);
  if (type.is("application/x-www-form-urlencoded")) {
    if (!type.means_utf8(body::is_ascii_form(body)))
      return add(kind_.media_type, "header.content-type", "must name no charset other than utf-8", rule.place);
    return check_form(rule, body, blame);
  }
  if (type.is("multipart/form-data")) return check_multipart(rule, type, body);
  if (!rule.value.schema) return;
  check_other(rule, type, body);
}

/// What no reader here knows.
void MessageCheck::check_other(const MediaRule& rule, const MediaType& type, std::string_view body) {
  const auto& shape = shapes_[rule.value.shape];
  if (type.type == "text" && shape.kinds.has(Kinds::string) && !shape.takes_bytes()) {
    if (!type.means_utf8(std::ranges::all_of(body, [](char c) { return static_cast<unsigned char>(c) < 0x80; })))
      return add(kind_.media_type, "header.content-type", "must name no charset other than utf-8", rule.place);
    if (!text::is_utf8(body)) return add(kind_.syntax, "body", "must be UTF-8", rule.place);
    const std::array forms{Form::scalar};
    return rule.value.judge_readings(forms, shapes_, body_blame(rule), out_, [&](Form, TypedText& out) -> std::string {
      out.string(rule.value.shape, body);
      return {};
    });
  }
  // A string stands for bytes of any kind (OpenAPI 3.0.4 section 4.7.14.2). Of everything else nobody here can say whether it keeps the schema.
  if (shape.takes_bodies_of_bytes()) return;
  add(kind_.media_type, "header.content-type", "must be a media type whose content can be judged by its schema, such as JSON", rule.place);
}

/// A form is an object whose members are written as parameters of a query are (OpenAPI 3.0.4 section 4.7.15).
void MessageCheck::check_form(const MediaRule& rule, std::string_view text, const Blame& blame) {
  auto original = Pairs::parse(text, memory_);
  if (!original)
    return add(kind_.syntax, blame.where, "must be pairs of name=value in percent-encoded UTF-8, at most " + std::to_string(Pairs::pairs_max),
               rule.place);
  if (auto wrong = body::ambiguity_of(*original, text, memory_); !wrong.empty()) return add(kind_.syntax, blame.where, std::move(wrong), rule.place);
  const std::array forms{Form::object};
  const auto room = out_.room();
  rule.value.judge_readings(forms, shapes_, blame, out_, [&](Form, TypedText& out) {
    auto pairs = *original;
    return write_form(rule, pairs, out, false);
  });
  // "a%2Cb" is one item to who splits first, and two to who decodes first: it has to keep the schema for both.
  const bool lists = std::ranges::any_of(rule.encodings, [](const Encoding& one) { return one.style && !one.explode; });
  if (out_.room() != room || out_.cut() || !lists || !(text.contains("%2C") || text.contains("%2c"))) return;
  rule.value.judge_readings(forms, shapes_, blame, out_, [&](Form, TypedText& out) {
    auto pairs = *original;
    return write_form(rule, pairs, out, true);
  });
}

std::string MessageCheck::write_form(const MediaRule& rule, Pairs& pairs, TypedText& out, bool decodes_lists) {
  const auto& whole = shapes_[rule.value.shape];
  out.builder().begin_object();
  const auto property = [&](std::string_view name, ShapeId shape) -> std::string {
    const auto* const encoding = body::encoding_of(rule, name);
    const auto kinds = shapes_[shape].kinds;
    const bool deep = encoding != nullptr && encoding->style == Style::deep_object;
    if (deep) {
      const auto object = DeepObject::take(pairs, name, memory_);
      if (object.present()) {
        out.builder().key(name);
        auto wrong = object.write(out, shape);
        return wrong.empty() ? wrong : std::string(name) + ' ' + wrong;
      }
    }
    const auto values = pairs.take(name);
    if (values.empty()) return {};
    out.builder().key(name);
    Items items;
    for (const auto raw : values) {
      const auto plain = decoded(raw, Escapes::form, memory_);
      if (!plain) return std::string(name) + " must be percent-encoded UTF-8";
      items.push_back(*plain);
    }
    const bool split = encoding != nullptr && encoding->style && !encoding->explode && kinds.has(Kinds::array) && values.size() == 1;
    if (split && decodes_lists) {
      out.array(shape, text::split(items.front(), ','));
      return {};
    }
    if (split) {
      const auto parts = items_of(values.front(), {.style = *encoding->style, .explode = false, .escapes = Escapes::form, .name = name}, memory_);
      if (!parts) return std::string(name) + " must be percent-encoded UTF-8";
      out.array(shape, *parts);
      return {};
    }
    if (shapes_[shape].takes_lists() && (items.size() > 1 || !kinds.has_scalar())) {
      out.array(shape, items);
      return {};
    }
    if (items.size() > 1) return std::string(name) + " must come only once";
    // An object without a style is a text of its media type, by default JSON (OpenAPI 3.0.4 section 4.7.15.1).
    if (kinds.has(Kinds::object) && !kinds.has(Kinds::string)) {
      const auto document = json::parse(items.front(), options_.json);
      if (document) out.value(shape, document->root());
      else out.string(shape, items.front());
      return {};
    }
    out.scalar(shape, items.front());
    return {};
  };
  for (const auto& [name, shape] : whole.members)
    if (auto wrong = property(name, shape); !wrong.empty()) return wrong;
  // What is left has names that the schema does not know; whether they may be there is its to say.
  for (std::size_t i = 0; i < pairs.all().size(); ++i) {
    if (pairs.all()[i].taken) continue;
    if (kind_.direction == schema::Direction::request)
      if (auto wrong = wrong_with_unnamed(pairs.all()[i].name, whole); !wrong.empty()) return wrong;
    if (auto wrong = property(pairs.all()[i].name, whole.others); !wrong.empty()) return wrong;
  }
  out.builder().end();
  return {};
}

}  // namespace gatehouse::contract
