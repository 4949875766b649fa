#include "engines/net/http1/chunked.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>

#include "engines/net/http1/fields.hpp"
#include "engines/net/http1/refusal.hpp"
#include "ground/base/assert.hpp"
#include "ground/base/result.hpp"
#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"

namespace gatehouse::net::http1 {

using http::ProblemKind;

std::expected<ChunkedDecoder::Step, http::Problem> ChunkedDecoder::feed(std::string_view input) {
  GH_ASSERT(stage_ != Stage::done);
  std::size_t at = 0;
  while (at != input.size()) {
    if (stage_ == Stage::data) {
      const auto piece = input.substr(at, static_cast<std::size_t>(std::min<std::uint64_t>(size_, input.size() - at)));
      size_ -= piece.size();
      if (size_ == 0) stage_ = Stage::data_cr;
      return Step{State::payload, at + piece.size(), piece};
    }
    if (stage_ == Stage::trailer) {
      CHECK_OK(take_trailer(input, at));
      if (stage_ == Stage::done) return Step{State::done, at, {}};
    } else {
      CHECK_OK(take_line_byte(input[at++]));
    }
  }
  return Step{State::need_more, at, {}};
}

std::expected<void, http::Problem> ChunkedDecoder::take_line_byte(char c) {
  const auto refuse = [&](std::string_view rule, std::string_view told) {
    return std::unexpected(refusal(sender_, ProblemKind::malformed_request, rule, told));
  };
  switch (stage_) {
    case Stage::size_first:
    case Stage::size:
      if (const int digit = text::hex_value(c); digit >= 0) {
        size_ = size_ << 4 | static_cast<std::uint64_t>(digit);
        if (++digits_ > 16 || size_ > static_cast<std::uint64_t>(INT64_MAX)) return refuse("http.chunk.size", "A chunk is too large.");
        stage_ = Stage::size;
        return {};
      }
      if (stage_ == Stage::size_first || !ends_extension(c)) return refuse("http.chunk.size", "A chunk size is not a plain hexadecimal number.");
      return {};
    case Stage::size_lf:
      if (c != '\n') return refuse("http.line.bare-cr", "A chunk size line does not end in CR LF.");
      stage_ = size_ == 0 ? Stage::trailer : Stage::data;
      digits_ = 0;
      return {};
    case Stage::data_cr:
    case Stage::data_lf:
      if (c != (stage_ == Stage::data_cr ? '\r' : '\n')) return refuse("http.chunk.end", "The data of a chunk is not followed by CR LF.");
      stage_ = stage_ == Stage::data_cr ? Stage::data_lf : Stage::size_first;
      return {};
    case Stage::extension_name_first:
    case Stage::extension_name:
    case Stage::extension_value_first:
    case Stage::extension_token:
    case Stage::extension_quoted:
    case Stage::extension_escaped:
    case Stage::extension_end:
      if (++extension_bytes_ > limits_.extension_bytes_max) return refuse("http.chunk.extension-bytes", "The chunk extensions are too long.");
      if (!take_extension_byte(c)) return refuse("http.chunk.extension", "A chunk extension is malformed.");
      return {};
    case Stage::data:
    case Stage::trailer:
    case Stage::done: break;
  }
  GH_ASSERT(false);
}

/// What may follow a size or a whole extension: another extension or the end of the line.
bool ChunkedDecoder::ends_extension(char c) noexcept {
  if (c == '\r') stage_ = Stage::size_lf;
  else if (c == ';') stage_ = Stage::extension_name_first;
  else return false;
  return true;
}

/// chunk-ext = *( ";" token [ "=" ( token / quoted-string ) ] )
bool ChunkedDecoder::take_extension_byte(char c) noexcept {
  const bool token = http::is_token_char(c);
  switch (stage_) {
    case Stage::extension_name_first:
    case Stage::extension_value_first:
      if (c == '"' && stage_ == Stage::extension_value_first) stage_ = Stage::extension_quoted;
      else if (token) stage_ = stage_ == Stage::extension_name_first ? Stage::extension_name : Stage::extension_token;
      else return false;
      return true;
    case Stage::extension_name:
      if (c == '=') stage_ = Stage::extension_value_first;
      else if (!token) return ends_extension(c);
      return true;
    case Stage::extension_token: return token || ends_extension(c);
    case Stage::extension_quoted:
      if (c == '"') stage_ = Stage::extension_end;
      else if (c == '\\') stage_ = Stage::extension_escaped;
      else return !http::is_field_control(c);
      return true;
    case Stage::extension_escaped: stage_ = Stage::extension_quoted; return !http::is_field_control(c);
    case Stage::extension_end: return ends_extension(c);
    case Stage::size_first:
    case Stage::size:
    case Stage::size_lf:
    case Stage::data:
    case Stage::data_cr:
    case Stage::data_lf:
    case Stage::trailer:
    case Stage::done: break;
  }
  return false;
}

/// Collects lines until an empty one; a bare CR, LF or control is refused as it arrives.
std::expected<void, http::Problem> ChunkedDecoder::take_trailer(std::string_view input, std::size_t& at) {
  while (at != input.size()) {
    if (trailers_.size() == limits_.trailer_bytes_max)
      return std::unexpected(refusal(sender_, ProblemKind::headers_too_large, "http.trailers.bytes", "The trailers are too large."));
    const char c = input[at++];
    const bool after_cr = trailers_.ends_with('\r');
    if (after_cr != (c == '\n') || (c != '\r' && c != '\n' && http::is_field_control(c)))
      return std::unexpected(refusal(sender_, ProblemKind::malformed_request, "http.trailers.line",
                                     "A trailer line holds a control character or does not end in CR LF."));
    trailers_ += c;
    if (c != '\n' || (trailers_.size() != 2 && !trailers_.ends_with("\r\n\r\n"))) continue;
    stage_ = Stage::done;
    if (trailers_.size() == 2) trailers_.clear();
    return check_trailers();
  }
  return {};
}

/// Also trailers that nobody will look at must be field lines.
std::expected<void, http::Problem> ChunkedDecoder::check_trailers() {
  if (trailers_.empty()) return {};
  Arena scratch(1024);
  http::Headers fields(scratch);
  auto problem = parse_fields(trailers_.data(), trailers_.data() + trailers_.size(), limits_.trailer_fields_max, sender_, fields);
  if (problem) return std::unexpected(std::move(*problem));
  return {};
}

std::expected<ChunkedDecoder::Step, http::Problem> ChunkedDecoder::feed_all(std::span<char> input) {
  Step all;
  std::size_t size = 0;
  while (all.consumed < input.size() && all.state != State::done) {
    const auto step = feed({input.data() + all.consumed, input.size() - all.consumed});
    if (!step) return step;
    all.consumed += step->consumed;
    if (step->state == State::done) all.state = State::done;
    if (step->payload.empty()) continue;
    if (all.payload.empty()) all.payload = step->payload;                                          // the usual single piece stays where it is
    else std::ranges::copy(step->payload, const_cast<char*>(std::to_address(all.payload.end())));  // to the left: they may overlap
    all.payload = {all.payload.data(), size += step->payload.size()};
  }
  return all;
}

std::string_view chunk_header(std::uint64_t size, char (&buffer)[20]) noexcept {
  char* const end = std::to_chars(buffer, buffer + 16, size, 16).ptr;
  end[0] = '\r';
  end[1] = '\n';
  return {buffer, static_cast<std::size_t>(end + 2 - buffer)};
}

}  // namespace gatehouse::net::http1
