// A body of XML: read strictly, turned into the value that the contract's mapping makes of it, and judged as that.
#include "engines/contract/message_check.hpp"
#include "engines/contract/xml_value.hpp"

namespace gatehouse::contract {

void MessageCheck::check_xml(const MediaRule& rule, const MediaType& type, std::string_view body) {
  const bool mapped = rule.value.schema && rule.xml && !rule.xml->opaque;
  // What somebody answers is read by who asked for it: pages and pictures are XML, too, and may have what a request may not.
  if (mapped || kind_.direction == schema::Direction::request) {
    // RFC 7303 section 3: the charset that is named here goes before that of the document.
    if (!type.is_plain_utf8()) return add(kind_.media_type, "header.content-type", "must name no charset other than utf-8", rule.place);
    auto limits = options_.xml;
    limits.bytes = limits.text_bytes = options_.json.bytes;  // how long a body may be does not hang on what it is written in
    const auto document = xml::parse(body, limits);
    if (!document) return add(kind_.syntax, "body", document.error().told, rule.place);
    if (mapped) return check_mapped(rule, document->root());
  }
  if (rule.value.schema) check_other(rule, type, body);
}

/// By its two readings: one of numbers where a text would do as well, one of texts.
void MessageCheck::check_mapped(const MediaRule& rule, const xml::Node& root) {
  const auto blame = body_blame(rule);
  std::optional<Violations> first;
  for (const bool as_strings : {false, true}) {
    json::Builder builder;
    TypedText text(shapes_, builder, as_strings);
    Violations here(std::max<std::size_t>(out_.room(), 1));
    const auto fault = write_xml(root, *rule.xml, text);
    if (fault) here.add({blame.status, place_of(blame, fault->pointer), fault->what, rule.place});
    else rule.value.judge_built(std::move(builder), blame, here);
    if (here.none() && text.misfit()) here.add({blame.status, blame.where, "must be of a kind that its schema describes", rule.place});
    if (here.none()) return;
    if (here.undecided()) out_.note_undecided();
    if (!first) first = std::move(here);
    if (fault || !text.ambiguous()) break;
  }
  for (const auto& violation : first->all()) out_.add(violation);
}

}  // namespace gatehouse::contract
