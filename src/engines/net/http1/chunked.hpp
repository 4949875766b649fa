// The chunked transfer coding (RFC 9112 section 7.1), decoded in place as bytes arrive. Sizes are 1 to 16 hexadecimal digits, at most 2^63-1;
// lines end in CRLF only; extensions must follow the grammar, without the whitespace that section 7.1.1 calls bad, and are dropped; what
// is not payload is bounded over the whole body, so that one-byte chunks with long extensions cost the sender as much as the gate.
//
//   size --CRLF--> data --all--> data_cr --> data_lf --> size
//     \-- size 0 --CRLF--> trailer lines --empty line--> done
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "engines/net/http1/head.hpp"

namespace gatehouse::net::http1 {

struct ChunkedLimits {
  std::size_t extension_bytes_max = 4096;  ///< over the whole body
  std::size_t trailer_bytes_max = 8192;    ///< over all trailer lines
  std::size_t trailer_fields_max = 32;
};

class ChunkedDecoder {
 public:
  enum class State : std::uint8_t {
    need_more,  ///< everything handed in was taken and holds no payload
    payload,    ///< a piece of the body; call again with the rest of the input
    done,       ///< the body has ended; the rest of the input belongs to the next message
  };
  struct Step {
    State state = State::need_more;
    std::size_t consumed = 0;  ///< bytes of the input, the payload included
    std::string_view payload;  ///< a slice of the input
  };

  explicit ChunkedDecoder(ChunkedLimits limits = {}, Sender sender = Sender::client) noexcept : limits_(limits), sender_(sender) {}

  /// Takes bytes up to the end of the next piece of payload. After `done` or a problem it must not be called again.
  [[nodiscard]] std::expected<Step, http::Problem> feed(std::string_view input);

  /// Takes all of the input up to the body's end and joins its pieces in place, so that a body of many small chunks goes on with one write
  /// for each read and not with one for each chunk. The state is `done` or, with or without payload, `need_more`.
  [[nodiscard]] std::expected<Step, http::Problem> feed_all(std::span<char> input);

  /// Once feed() said `done`: the trailer lines, closing empty line included, for parse_trailers. Empty if there were none.
  [[nodiscard]] std::span<char> trailers() noexcept { return trailers_; }

 private:
  enum class Stage : std::uint8_t {
    size_first,
    size,
    extension_name_first,
    extension_name,
    extension_value_first,
    extension_token,
    extension_quoted,
    extension_escaped,
    extension_end,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,
    done
  };

  [[nodiscard]] std::expected<void, http::Problem> take_line_byte(char c);
  [[nodiscard]] std::expected<void, http::Problem> take_trailer(std::string_view input, std::size_t& at);
  [[nodiscard]] std::expected<void, http::Problem> check_trailers();
  [[nodiscard]] bool take_extension_byte(char c) noexcept;
  [[nodiscard]] bool ends_extension(char c) noexcept;

  ChunkedLimits limits_;
  Sender sender_;
  Stage stage_ = Stage::size_first;
  std::uint8_t digits_ = 0;
  std::uint64_t size_ = 0;  // of the chunk at hand; in `data`, what is left of it
  std::size_t extension_bytes_ = 0;
  std::string trailers_;
};

/// The line before a chunk of `size` bytes (not 0) that the gate sends: lower-case digits and CRLF. The chunk's data is followed by CRLF.
[[nodiscard]] std::string_view chunk_header(std::uint64_t size, char (&buffer)[20]) noexcept;
/// What ends a chunked body without trailers.
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace gatehouse::net::http1
