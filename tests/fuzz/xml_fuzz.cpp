// XML, and what a contract makes of it. Whatever is read and written again reads as the same; a body never passes two ways; and a value that is written as XML by the
// mapping is, when it is read, that value and no other.
#include <algorithm>
#include <cstdint>
#include <string>

#include "engines/contract/contract.hpp"
#include "engines/contract/testing.hpp"
#include "ground/base/assert.hpp"
#include "ground/json/writer.hpp"
#include "ground/xml/document.hpp"

namespace {
using namespace gatehouse;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '&') out += "&amp;";
    else if (c == '"') out += "&quot;";
    else if (c == '\n' || c == '\t' || c == '\r') out += "&#" + std::to_string(static_cast<int>(c)) + ';';
    else out += c;
  }
  return out;
}

// --- what was read, written plainly ---

std::string tag(const xml::Name& name) { return name.space.empty() ? std::string(name.local) : "p:" + std::string(name.local); }

void print(std::string& out, const xml::Node& node) {
  switch (node.kind()) {
    case xml::Kind::text: out += escaped(node.text()); return;
    case xml::Kind::cdata: out += "<![CDATA[" + std::string(node.text()) + "]]>"; return;
    case xml::Kind::comment: out += "<!---->"; return;
    case xml::Kind::element: break;
  }
  const auto name = node.name();
  out += '<' + tag(name);
  const bool reserved = name.space.ends_with("/XML/1998/namespace");
  if (!name.space.empty() && !reserved) out += " xmlns:p=\"" + escaped(name.space) + '"';
  for (std::size_t i = 0; i < node.attribute_count(); ++i) {
    const auto attribute = node.attribute(i);
    const auto prefix = "a" + std::to_string(i);
    if (attribute.name.space.ends_with("/XML/1998/namespace")) out += " xml:" + std::string(attribute.name.local);
    else if (attribute.name.space.empty()) out += ' ' + std::string(attribute.name.local);
    else out += " xmlns:" + prefix + "=\"" + escaped(attribute.name.space) + "\" " + prefix + ':' + std::string(attribute.name.local);
    out += "=\"" + escaped(attribute.value) + '"';
  }
  out += '>';
  for (auto child = node.first(); child; child = child->next()) print(out, *child);
  out += "</" + tag(name) + '>';
}

bool has_reserved_element(const xml::Node& node) {
  if (!node.is_element()) return false;
  if (node.name().space.ends_with("/XML/1998/namespace")) return true;
  for (auto child = node.first(); child; child = child->next())
    if (has_reserved_element(*child)) return true;
  return false;
}

void read_and_write(std::string_view text) {
  const auto document = xml::parse(text);
  if (!document) {
    GH_ASSERT(document.error().told.starts_with("must "));
    return;
  }
  GH_ASSERT(document->size() <= xml::Limits{}.nodes);
  if (has_reserved_element(document->root())) return;
  std::string once;
  print(once, document->root());
  xml::Limits wide{.bytes = 16U << 20U};
  wide.attributes = wide.namespaces = 10'000;
  wide.name_bytes = 400;
  const auto again = xml::parse(once, wide);
  GH_ASSERT(again.has_value());
  std::string twice;
  print(twice, again->root());
  GH_ASSERT(once == twice);
}

// --- any body against one contract ---

contract::Contract compiled(std::string_view schema) {
  contract::TextFiles files(
      R"({"openapi":"3.2.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"requestBody":{"content":{"application/xml":{"schema":)" +
      std::string(schema) + "}}},\"responses\":{}}}}}");
  auto contract = contract::compile("api.yaml", files);
  GH_ASSERT(contract.has_value() && contract->warnings().all().empty());
  return std::move(*contract);
}

bool passes(const contract::Contract& contract, std::string_view body) {
  Arena arena;
  http::Headers headers(arena);
  headers.add({"content-type", "application/xml", http::HeaderId::content_type});
  const std::vector<std::string_view> segments{"a"};
  const auto violations =
      contract.operations().front().check_request({.segments = segments, .query = {}, .headers = headers, .cookies = {}, .body = body}, arena);
  for (const auto& violation : violations.all()) GH_ASSERT(violation.status == 400 || violation.status == 422);
  return violations.none();
}

/// Words of one schema: each way in which a member can stand in XML.
constexpr std::string_view properties =
    R"("type":"object","additionalProperties":false,"xml":{"name":"r"},"properties":{)"
    R"("attribute":{"type":"string","xml":{"nodeType":"attribute"}},"number":{"type":"integer"},"truth":{"type":"boolean"},"word":{"type":"string","xml":{"name":"w"}},)"
    R"("spaced":{"type":"string","xml":{"namespace":"urn:s","prefix":"s"}},"list":{"type":"array","items":{"type":"integer","xml":{"name":"l"}}},)"
    R"("words":{"type":"array","xml":{"nodeType":"element"},"items":{"type":"string","xml":{"name":"item"}}},)"
    R"("maybe":{"type":["integer","null"]},)"
    R"("inner":{"type":"object","additionalProperties":false,"properties":{"text":{"type":"string","xml":{"nodeType":"text"}},"id":{"type":"integer","xml":{"nodeType":"attribute"}}}}})";

// --- a value, its JSON and its XML ---

class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}
  std::uint8_t next() {
    if (bytes_.empty()) return 0;
    const auto out = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return out;
  }
  bool yes() { return next() % 2 == 1; }
  std::string word() {
    constexpr std::string_view pieces[] = {
        "a", " ", "<", ">", "&", "\"", "'", "\n", "\t", "]]>", "\xC3\xA4", "1", "true", "<!--", "&amp;", "\xF0\x9F\x98\x80", "\r", "-"};
    std::string out;
    for (auto left = next() % 6; left > 0; --left) out += pieces[next() % std::size(pieces)];
    return out;
  }
  std::int64_t number() { return static_cast<std::int8_t>(next()) * std::int64_t{1'000'003}; }

 private:
  std::string_view bytes_;
};

struct Both {
  std::string json, xml;
};

std::string element(std::string_view name, std::string_view content) {
  return '<' + std::string(name) + '>' + std::string(content) + "</" + std::string(name) + '>';
}

Both some_value(Choices& choose) {
  std::string attributes, elements, json;
  json::Writer out(json);
  out.begin_object();
  if (choose.yes()) {
    const auto word = choose.word();
    out.member("attribute", word);
    attributes += " attribute=\"" + escaped(word) + '"';
  }
  if (choose.yes()) {
    const auto number = choose.number();
    out.member("number", number);
    elements += element("number", std::to_string(number));
  }
  if (choose.yes()) {
    const bool truth = choose.yes();
    out.member("truth", truth);
    elements += "\n  " + element("truth", truth ? "true" : "false");
  }
  if (choose.yes()) {
    const auto word = choose.word();
    out.member("word", word);
    elements += element("w", choose.yes() && !word.contains("]]>") && !word.contains('\r') ? "<![CDATA[" + word + "]]>" : escaped(word));
  }
  if (choose.yes()) {
    const auto word = choose.word();
    out.member("spaced", word);
    elements += "<q:spaced xmlns:q=\"urn:s\">" + escaped(word) + "</q:spaced>";
  }
  if (const auto count = choose.next() % 4; count > 0) {
    out.key("list").begin_array();
    for (int i = 0; i < count; ++i) {
      const auto number = choose.number();
      out.value(number);
      elements += element("l", std::to_string(number));
    }
    out.end();
  }
  if (choose.yes()) {
    out.key("words").begin_array();
    std::string items;
    for (auto left = choose.next() % 4; left > 0; --left) {
      const auto word = choose.word();
      out.value(word);
      items += element("item", escaped(word)) + (choose.yes() ? "<!-- c -->" : "\t");
    }
    out.end();
    elements += element("words", items);
  }
  if (choose.yes()) {
    out.member("maybe", nullptr);
    elements += "<maybe xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\"/>";
  }
  if (choose.yes()) {
    const auto text = 'x' + choose.word();
    const auto number = choose.number();
    out.key("inner").begin_object().member("text", text).member("id", number).end();
    elements += "<inner id='" + std::to_string(number) + "'>" + escaped(text) + "</inner>";
  }
  out.end();
  return {json, "<r" + attributes + '>' + elements + "</r>"};
}

void value_there_and_back(std::string_view bytes) {
  Choices choose(bytes);
  const auto one = some_value(choose), other = some_value(choose);
  const auto only_one = compiled("{" + std::string(properties) + R"(,"const":)" + one.json + '}');
  GH_ASSERT(passes(only_one, one.xml));
  GH_ASSERT(passes(only_one, other.xml) == (one.json == other.json));
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'v') {
    value_there_and_back(text);
    return 0;
  }
  read_and_write(text);
  static const auto contract = compiled("{" + std::string(properties) + '}');
  const bool passed = passes(contract, text);
  GH_ASSERT(!passed || text.empty() || xml::parse(text).has_value());  // an empty body is none
  return 0;
}
