// A stream of bytes as a chunked body. It must be decoded alike however it is cut, and what was decoded must come through encoding and decoding
// again. The first byte says how the second reading is cut.
#include <cstdint>
#include <string>

#include "engines/net/http1/chunked.hpp"
#include "ground/base/assert.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net::http1;

struct Outcome {
  std::string body, trailers;
  std::size_t consumed = 0;
  bool done = false, refused = false;
  bool operator==(const Outcome&) const = default;
};

Outcome decoded(std::string_view stream, std::size_t piece) {
  ChunkedDecoder decoder({.extension_bytes_max = 64, .trailer_bytes_max = 256, .trailer_fields_max = 4});
  Outcome out;
  while (out.consumed != stream.size()) {
    const auto input = stream.substr(out.consumed, piece);
    const auto step = decoder.feed(input);
    if (!step) {
      out.refused = true;
      out.consumed = 0;  // how far a refused stream was read depends on the cut
      return out;
    }
    GH_ASSERT(step->consumed != 0 && step->consumed <= input.size());
    GH_ASSERT(step->state != ChunkedDecoder::State::payload || (!step->payload.empty() && step->payload.data() >= input.data() &&
                                                                step->payload.data() + step->payload.size() <= input.data() + input.size()));
    out.body += step->payload;
    out.consumed += step->consumed;
    if (step->state != ChunkedDecoder::State::done) continue;
    out.done = true;
    out.trailers = {decoder.trailers().data(), decoder.trailers().size()};
    return out;
  }
  return out;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = decoded(stream, stream.size());
  GH_ASSERT(decoded(stream, 1) == whole);
  GH_ASSERT(decoded(stream, data[0] % 64U + 2) == whole);
  GH_ASSERT(!whole.refused || !whole.done);
  if (!whole.done) return 0;
  GH_ASSERT(whole.trailers.empty() || whole.trailers.ends_with("\r\n\r\n"));

  std::string encoded;
  if (!whole.body.empty()) {
    char header[20];
    ((encoded += chunk_header(whole.body.size(), header)) += whole.body) += "\r\n";
  }
  encoded += last_chunk;
  const auto again = decoded(encoded, encoded.size());
  GH_ASSERT(again.done && again.body == whole.body && again.consumed == encoded.size());
  return 0;
}
