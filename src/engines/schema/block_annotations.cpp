#include <algorithm>
#include <array>

#include "engines/schema/block_writer.hpp"

namespace gatehouse::schema {

namespace {
constexpr std::uint8_t every_kind = 0xFF, strings_only = 1U << static_cast<unsigned>(json::Kind::string);

constexpr std::array remarks{Keyword::format,
                             Keyword::content_encoding,
                             Keyword::content_media_type,
                             Keyword::content_schema,
                             Keyword::title,
                             Keyword::description,
                             Keyword::default_,
                             Keyword::deprecated,
                             Keyword::read_only,
                             Keyword::write_only,
                             Keyword::examples,
                             Keyword::example,
                             Keyword::discriminator,
                             Keyword::xml,
                             Keyword::external_docs};

bool is_remark(Keyword keyword) { return std::ranges::find(remarks, keyword) != remarks.end(); }
}  // namespace

void BlockWriter::write_annotations() {
  if (rules().reference_stands_alone() && at_.value.get("$ref")) return;
  for (const auto [name, value] : at_.value.members()) {
    const auto* const info = find_keyword(name);
    if (info != nullptr && (!info->holds(rules()) || !is_remark(info->keyword))) continue;
    const bool of_content = info != nullptr && (info->keyword == Keyword::content_encoding || info->keyword == Keyword::content_media_type ||
                                                info->keyword == Keyword::content_schema);
    if (info != nullptr && info->keyword == Keyword::content_schema && !word(Keyword::content_media_type)) continue;  // validation section 8.5
    code_.push_back({.op = Op::annotate,
                     .small = of_content ? strings_only : every_kind,
                     .a = shop_.places().text(name),
                     .b = shop_.literal(value),
                     .place = shop_.places().child(at_.place, name)});
  }
}

}  // namespace gatehouse::schema
