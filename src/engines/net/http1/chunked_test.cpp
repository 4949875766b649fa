#include <doctest/doctest.h>

#include <string>

#include "engines/net/http1/chunked.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net::http1;
using ChunkState = ChunkedDecoder::State;

struct DecodedChunks {
  std::string body;
  std::string rest;
  std::string trailers;
  bool done = false;
  bool refused = false;
  bool operator==(const DecodedChunks&) const = default;
};

DecodedChunks decode_chunks(std::string_view input, std::size_t piece, ChunkedLimits limits = {}) {
  ChunkedDecoder decoder(limits);
  DecodedChunks out;
  while (!input.empty()) {
    auto part = input.substr(0, piece);
    const auto step = decoder.feed(part);
    if (!step) {
      out.refused = true;
      return out;
    }
    out.body += step->payload;
    CHECK((step->state == ChunkState::payload) == !step->payload.empty());
    if (step->state == ChunkState::need_more) CHECK(step->consumed == part.size());
    input.remove_prefix(step->consumed);
    if (step->state == ChunkState::done) {
      out.done = true;
      out.rest = input;
      out.trailers = {decoder.trailers().data(), decoder.trailers().size()};
      return out;
    }
  }
  return out;
}
}  // namespace

TEST_CASE("a chunked body is decoded the same however it is cut") {
  const std::string text = "5;a=b;c=\"d;\\\"e\";f\r\nhello\r\n0006\r\n world\r\n00\r\nX-Sum: 1\r\n\r\nGET /";
  const auto whole = decode_chunks(text, text.size());
  CHECK(whole.done);
  CHECK(whole.body == "hello world");
  CHECK(whole.rest == "GET /");
  CHECK(whole.trailers == "x-sum: 1\r\n\r\n");
  for (std::size_t piece = 1; piece < text.size(); ++piece) CHECK(decode_chunks(text, piece) == whole);
}

TEST_CASE("a chunk that can be read in two ways is refused") {
  for (const std::string text : {"5 \r\nhello\r\n",
                                 " 5\r\n",
                                 "+5\r\n",
                                 "-1\r\n",
                                 "0x5\r\n",
                                 "1_0\r\n",
                                 "g\r\n",
                                 "\r\n",
                                 ";a\r\n",
                                 "5;\r\n",
                                 "5;a=\r\n",
                                 "5;a=b c\r\n",
                                 "5;bad[=x\r\n",
                                 "5;a=\"b\r\n",
                                 "5;a=\"b\"c\r\n",
                                 "5\n",
                                 "5\rX",
                                 "5;\n",
                                 "5;a\n",
                                 "5;a\rX",
                                 "5\r\nhello0\r\n",
                                 "5\r\nhello!!\r\n",
                                 "5\r\nhello\n0",
                                 "5\r\nhello\r0",
                                 "0\r\n\n",
                                 "0\r\n\rX",
                                 "0\r\nbad line\r\n\r\n",
                                 "0\r\n: x\r\n\r\n",
                                 "0\r\nA: b\n",
                                 "0\r\n A: b\r\n\r\n",
                                 "FFFFFFFFFFFFFFFF0\r\n",
                                 "8000000000000000\r\n",
                                 "00000000000000001\r\n",
                                 "5 ;a\r\n",
                                 "5; a\r\n"}) {
    CAPTURE(text);
    CHECK(decode_chunks(text, 1).refused);
    CHECK(decode_chunks(text, text.size()).refused);
  }
  CHECK(decode_chunks(std::string("5;\0ext\r\n", 8), 100).refused);
}

TEST_CASE("a body that is not finished is not done") {
  for (const std::string text : {"5\r\nhello\r\n", "5\r\nhel", "0\r\n", "0\r\nA: b\r\n"}) {
    const auto decoded = decode_chunks(text, 3);
    CHECK_FALSE(decoded.done);
    CHECK_FALSE(decoded.refused);
  }
}

TEST_CASE("what is not payload is bounded over the whole body") {
  std::string small;
  for (int i = 0; i < 100; ++i) small += "1;extension\r\nx\r\n";
  CHECK(decode_chunks(small + "0\r\n\r\n", 7).body.size() == 100);
  std::string large;
  for (int i = 0; i < 500; ++i) large += "1;extension\r\nx\r\n";
  CHECK(decode_chunks(large + "0\r\n\r\n", 7).refused);
  CHECK(decode_chunks("5;" + std::string(65536, 'a'), 1000).refused);
  CHECK(decode_chunks("0\r\nA: " + std::string(65536, 'a'), 1000).refused);
}

TEST_CASE("the header of a chunk that is sent reads back as its size") {
  char buffer[20];
  CHECK(chunk_header(1, buffer) == "1\r\n");
  CHECK(chunk_header(0xABCDEF, buffer) == "abcdef\r\n");
  CHECK(chunk_header(INT64_MAX, buffer) == "7fffffffffffffff\r\n");
  std::string body(300, 'b');
  CHECK(decode_chunks(std::string(chunk_header(body.size(), buffer)) + body + "\r\n" + std::string(last_chunk), 1000).body == body);
}

TEST_CASE("all chunks of one read are joined in place, however they are cut") {
  const std::string text = "1\r\na\r\n2;x\r\nbc\r\n1\r\nd\r\n3\r\nefg\r\n0\r\n\r\nGET /";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    CAPTURE(piece);
    ChunkedDecoder decoder;
    std::string body, copy = text;
    std::span<char> left(copy);
    bool done = false;
    while (!left.empty() && !done) {
      const auto part = left.first(std::min(piece, left.size()));
      const auto step = decoder.feed_all(part);
      REQUIRE(step);
      body += step->payload;
      done = step->state == ChunkState::done;
      CHECK((done || step->consumed == part.size()));
      left = left.subspan(step->consumed);
    }
    CHECK(done);
    CHECK(body == "abcdefg");
    CHECK(std::string_view(left.data(), left.size()) == "GET /");
  }
}

TEST_CASE("a bad chunk after good ones in the same read spoils the read") {
  ChunkedDecoder decoder;
  std::string text = "1\r\na\r\n1\r\nbX\r\n";
  CHECK_FALSE(decoder.feed_all(text));
}
