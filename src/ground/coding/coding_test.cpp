#include <doctest/doctest.h>
#include <zlib.h>

#include <tuple>

#include "ground/coding/inflate.hpp"

using namespace gatehouse;
using namespace gatehouse::coding;

namespace {
/// By zlib with that window: 15 is deflate with its frame, 31 gzip, -15 deflate without a frame.
std::string deflated(std::string_view text, int window, int level = Z_BEST_COMPRESSION) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string read_coded(Coding coding, std::string_view coded, const coding::Limits& limits = {}) {
  auto out = coding::inflate(coding, coded, limits);
  if (out) return *out;
  CHECK(out.error().told.starts_with("must be "));
  return out.error().told;
}
constexpr int gzip_window = 31, zlib_window = 15, raw_window = -15;
}  // namespace

TEST_CASE("what was coded comes out, by either coding and at any level") {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919) + ',';
  for (const int level : {0, 1, 6, 9}) {
    CHECK(read_coded(Coding::gzip, deflated(text, gzip_window, level)) == text);
    CHECK(read_coded(Coding::deflate, deflated(text, zlib_window, level)) == text);
  }
  CHECK(read_coded(Coding::gzip, deflated("", gzip_window)).empty());
  // As many bytes as one step, or several, have.
  for (const std::size_t size : {std::size_t{16'383}, std::size_t{16'384}, std::size_t{16'385}, std::size_t{32'768}})
    CHECK(read_coded(Coding::gzip, deflated(std::string(size, 'a'), gzip_window)).size() == size);
}

TEST_CASE("codings are known by their names, one at a time") {
  CHECK(coding_named("gzip") == Coding::gzip);
  CHECK(coding_named(" GZIP ") == Coding::gzip);
  CHECK(coding_named("x-gzip") == Coding::gzip);
  CHECK(coding_named("Deflate") == Coding::deflate);
  for (const auto* other : {"", "br", "zstd", "compress", "identity", "gzip, gzip", "gzip,", "gzip;q=1", "deflate, gzip"}) {
    CAPTURE(other);
    CHECK_FALSE(coding_named(other).has_value());
  }
}

TEST_CASE("a stream that is cut anywhere is refused, and so is one that something follows") {
  const std::string text = "{\"name\":\"Quillfeather\",\"born\":\"1980-02-29\"}";
  for (const auto& [coding, window] : {std::pair(Coding::gzip, gzip_window), std::pair(Coding::deflate, zlib_window)}) {
    const auto whole = deflated(text, window);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(size);
      CHECK(read_coded(coding, whole.substr(0, size)).starts_with("must be one whole stream"));
    }
    CHECK(read_coded(coding, whole) == text);
    CHECK(read_coded(coding, whole + '\0').ends_with("something follows it"));
    CHECK(read_coded(coding, whole + "{\"admin\":true}").ends_with("something follows it"));
    CHECK(read_coded(coding, whole + whole).ends_with("something follows it"));  // two members: some readers join them, others stop
    CHECK(read_coded(coding, whole + deflated("", window)).ends_with("something follows it"));
    CHECK(read_coded(coding, "x" + whole).starts_with("must be one whole stream"));
  }
}

TEST_CASE("a checksum or a length that is wrong is refused") {
  const std::string text(1000, 'a');
  for (const auto& [coding, window, trailer] : {std::tuple(Coding::gzip, gzip_window, 8), std::tuple(Coding::deflate, zlib_window, 4)}) {
    const auto whole = deflated(text, window);
    for (int at = 1; at <= trailer; ++at) {
      auto wrong = whole;
      wrong[wrong.size() - static_cast<std::size_t>(at)] ^= 1;
      CAPTURE(at);
      CHECK(read_coded(coding, wrong).ends_with("it is damaged"));
    }
  }
}

TEST_CASE("what only some readers take for the coding is refused") {
  const std::string text = "{}";
  CHECK(read_coded(Coding::deflate, deflated(text, raw_window)).starts_with("must be one whole stream of deflate"));
  CHECK(read_coded(Coding::deflate, deflated(text, gzip_window)).starts_with("must be one whole stream of deflate"));
  CHECK(read_coded(Coding::gzip, deflated(text, zlib_window)).starts_with("must be one whole stream of gzip"));
  // "80" begins a frame of zlib with a window of 2 KiB, and a number of JSON.
  CHECK(read_coded(Coding::deflate, deflated(text, 11)).starts_with("must be one whole stream of deflate"));
  CHECK(read_coded(Coding::deflate, deflated(text, zlib_window)) == text);
  CHECK(read_coded(Coding::gzip, text).starts_with("must be one whole stream of gzip"));
}

TEST_CASE("a bomb is stopped at the limit, an honest body of the same length is not") {
  const auto bomb = deflated(std::string(64U << 20U, '\0'), gzip_window);
  CHECK(bomb.size() < 70'000);
  CHECK(read_coded(Coding::gzip, bomb) == "must be at most 1048576 bytes when it is inflated");
  CHECK(read_coded(Coding::gzip, bomb, {.bytes = 1000}) == "must be at most 1000 bytes when it is inflated");
  CHECK(read_coded(Coding::gzip, deflated(std::string(1000, 'a'), gzip_window), {.bytes = 1000}).size() == 1000);
  CHECK(read_coded(Coding::gzip, deflated(std::string(1001, 'a'), gzip_window), {.bytes = 1000}).starts_with("must be at most 1000 bytes"));
  // The ratio: half a megabyte of one letter is 500 bytes of gzip.
  CHECK(read_coded(Coding::gzip, deflated(std::string(500'000, 'a'), gzip_window)) == "must be at most 65536 bytes when it is inflated");
  CHECK(read_coded(Coding::gzip, deflated(std::string(65'536, 'a'), gzip_window)).size() == 65'536);
  std::string rows;
  for (int i = 0; i < 20'000; ++i) rows += "{\"id\":" + std::to_string(i) + ",\"status\":\"booked\"},";
  CHECK(read_coded(Coding::gzip, deflated(rows, gzip_window)) == rows);
}
