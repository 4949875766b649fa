// http2jp/hpack-test-case: 177 stories of header blocks from seven encoders, decoded by the inflater that our HTTP/2 connections use
// (libnghttp2's). A case is a block; the dynamic table lives as long as its story, so one wrong entry fails every block after it.
#include <nghttp2/nghttp2.h>

#include <memory>

#include "ground/base/encoding.hpp"
#include "suite.hpp"

namespace {
using Fields = std::vector<std::pair<std::string, std::string>>;

struct DeleteInflater {
  void operator()(nghttp2_hd_inflater* inflater) const { nghttp2_hd_inflate_del(inflater); }
};
using Inflater = std::unique_ptr<nghttp2_hd_inflater, DeleteInflater>;

Inflater new_inflater() {
  nghttp2_hd_inflater* inflater = nullptr;
  return Inflater(nghttp2_hd_inflate_new(&inflater) == 0 ? inflater : nullptr);
}

std::string text(const std::uint8_t* octets, std::size_t size) { return {reinterpret_cast<const char*>(octets), size}; }

/// All fields of one whole block; nothing if it is malformed.
std::optional<Fields> decode(nghttp2_hd_inflater& inflater, std::string_view block) {
  Fields fields;
  const auto* at = reinterpret_cast<const std::uint8_t*>(block.data());
  std::size_t left = block.size();
  for (;;) {
    nghttp2_nv field;
    int flags = 0;
    const auto used = nghttp2_hd_inflate_hd2(&inflater, &field, &flags, at, left, 1);
    if (used < 0) return std::nullopt;
    at += used;
    left -= static_cast<std::size_t>(used);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) fields.emplace_back(text(field.name, field.namelen), text(field.value, field.valuelen));
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
      nghttp2_hd_inflate_end_headers(&inflater);
      return left == 0 ? std::optional(std::move(fields)) : std::nullopt;
    }
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && left == 0) return std::nullopt;
  }
}

Fields fields_of(const gatehouse::json::Value& headers) {
  Fields fields;
  for (const auto header : headers.elements())
    for (const auto [name, value] : header.members()) fields.emplace_back(name, value.string().value());
  return fields;
}

void judge_story(conform::Suite& suite, const gatehouse::json::Value& story) {
  const auto inflater = new_inflater();
  for (const auto block : story.get("cases")->elements()) {
    const auto id = std::string(*story.string("id")) + "/" + std::to_string(*block.get("seqno")->natural());
    const auto size = block.get("header_table_size");  // absent or null: as before
    if (size && size->natural() && nghttp2_hd_inflate_change_table_size(inflater.get(), *size->natural()) != 0) {
      suite.fail(id, "the table cannot take that size");
      continue;
    }
    const auto octets = gatehouse::encoding::from_hex(*block.string("wire"));
    const auto decoded = octets ? decode(*inflater, *octets) : std::nullopt;
    suite.check(id, decoded && *decoded == fields_of(*block.get("headers")), decoded ? "decodes to other fields" : "is refused");
  }
}
}  // namespace

CONFORM_SUITE("hpack", [](conform::Suite& suite) {
  for (const auto& line : suite.lines("hpack-stories.jsonl.gz")) judge_story(suite, conform::Suite::parse(line).root());
});
