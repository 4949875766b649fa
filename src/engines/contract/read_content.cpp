// What a body may be: media types, each with its schema, and how the parts of a form are written.
#include "engines/contract/reader.hpp"

namespace gatehouse::contract {

std::optional<Node> Reader::read_schema(const Node& holder, std::string_view name) {
  auto schema = member(holder, name);
  if (!schema) return std::nullopt;
  const bool boolean_taken = out_.version != Version::v3_0 && schema->value.boolean();
  if (schema->value.is_object() || boolean_taken) return schema;
  error(*schema, "must be a schema, which is an object");
  return std::nullopt;
}

std::vector<Media> Reader::read_content(const Node& holder) {
  std::vector<Media> out;
  const auto content = object(holder, "content");
  if (!content) return out;
  for (const auto& [range, at] : members(*content)) {
    auto type = MediaType::parse(range);
    if (!type) {
      warning(at, "is no media type, and nothing will be of it: '" + std::string(range) + "'");
      continue;
    }
    const auto media = as_object(at);
    if (!media) continue;
    out.push_back({.range = std::move(*type),
                   .at = *media,
                   .schema = read_schema(*media, "schema"),
                   .item_schema = out_.version == Version::v3_2 ? read_schema(*media, "itemSchema") : std::nullopt,
                   .encodings = read_encodings(*media)});
  }
  return out;
}

std::vector<Encoding> Reader::read_encodings(const Node& media) {
  std::vector<Encoding> out;
  const auto encodings = object(media, "encoding");
  if (!encodings) return out;
  for (const auto& [property, value] : encodings->value.members()) {
    const auto encoding = as_object(encodings->child(property, value));
    if (!encoding) continue;
    Encoding one{.property = std::string(property), .style = std::nullopt, .explode = true, .content_type = {}};
    const auto style = text(*encoding, "style");
    if (style) {
      if (*style == "form") one.style = Style::form;
      else if (*style == "spaceDelimited") one.style = Style::space_delimited;
      else if (*style == "pipeDelimited") one.style = Style::pipe_delimited;
      else if (*style == "deepObject") one.style = Style::deep_object;
      else error(*encoding, "has a style that is none of a form: '" + std::string(*style) + "'");
      one.explode = one.style == Style::form;
    }
    if (const auto explode = truth(*encoding, "explode")) {
      one.explode = *explode;
      if (!one.style) one.style = Style::form;
    }
    if (const auto content_type = text(*encoding, "contentType")) one.content_type = *content_type;
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace gatehouse::contract
