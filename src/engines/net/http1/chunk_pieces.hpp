// What leaves in one write: a head, a piece of a body, and around the piece what the chunked coding puts there. Nothing is copied; the texts must live
// until the write.
#pragma once
#include <sys/uio.h>
#include <array>
#include <span>
#include <string_view>

#include "engines/net/http1/chunked.hpp"

namespace gatehouse::net::http1 {

class ChunkPieces {
 public:
  ChunkPieces() = default;
  ChunkPieces(const ChunkPieces&) = delete;  // it points into itself
  ChunkPieces& operator=(const ChunkPieces&) = delete;

  /// At most once before the body.
  void add(std::string_view text) noexcept {
    if (!text.empty()) pieces_[count_++] = {const_cast<char*>(text.data()), text.size()};
  }
  /// At most once. `trailers`: lines with CR LF behind each; only with `last`.
  void add_chunk(std::string_view piece, bool last, std::string_view trailers) noexcept {
    if (!piece.empty()) {
      add(chunk_header(piece.size(), size_line_));
      add(piece);
      add("\r\n");
    }
    if (!last) return;
    if (trailers.empty()) return add(last_chunk);
    add("0\r\n");
    add(trailers);
    add("\r\n");
  }
  [[nodiscard]] std::span<const iovec> all() const noexcept { return {pieces_.data(), count_}; }

 private:
  std::array<iovec, 7> pieces_;
  std::size_t count_ = 0;
  char size_line_[20];
};

}  // namespace gatehouse::net::http1
