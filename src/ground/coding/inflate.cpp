#include "ground/coding/inflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "ground/base/text.hpp"

namespace gatehouse::coding {

namespace {
constexpr std::size_t step_bytes = std::size_t{16} * 1024;
constexpr int window_bits = 15, gzip_frame = 16;
/// The first byte of deflate: its method and a window of 32 KiB (RFC 1950 section 2.2). With smaller windows it could be a digit, and all of it a number of JSON.
constexpr char deflate_begins = 'x';

class Stream {
 public:
  explicit Stream(Coding coding) : ready_(inflateInit2(&stream_, coding == Coding::gzip ? window_bits + gzip_frame : window_bits) == Z_OK) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    if (ready_) inflateEnd(&stream_);
  }

  [[nodiscard]] bool ready() const noexcept { return ready_; }
  void feed(std::string_view coded) noexcept {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));  // zlib only reads it
    stream_.avail_in = static_cast<uInt>(coded.size());
  }
  /// Appends at most `most` bytes to `out`. The library's word.
  int step(std::string& out, std::size_t most) {
    const auto before = out.size();
    out.resize(before + most);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = static_cast<uInt>(most);
    const int said = ::inflate(&stream_, Z_NO_FLUSH);
    out.resize(out.size() - stream_.avail_out);
    return said;
  }
  [[nodiscard]] std::size_t left() const noexcept { return stream_.avail_in; }

 private:
  z_stream stream_{};
  bool ready_;
};

std::string_view name_of(Coding coding) noexcept { return coding == Coding::gzip ? "gzip" : "deflate"; }
}  // namespace

std::optional<Coding> coding_named(std::string_view name) noexcept {
  name = text::trim(name);
  if (text::equal_ignoring_case(name, "gzip") || text::equal_ignoring_case(name, "x-gzip")) return Coding::gzip;
  if (text::equal_ignoring_case(name, "deflate")) return Coding::deflate;
  return std::nullopt;
}

Result<std::string> inflate(Coding coding, std::string_view coded, const Limits& limits) {
  const auto bad = [&](std::string_view why) {
    return refuse(Fault::invalid, "must be one whole stream of " + std::string(name_of(coding)) + ": " + std::string(why));
  };
  if (coded.size() > std::numeric_limits<uInt>::max()) return refuse(Fault::exhausted, "must be shorter");
  if (coding == Coding::deflate && !coded.starts_with(deflate_begins)) return bad("it has no frame of zlib, or a small window");
  Stream stream(coding);
  if (!stream.ready()) return refuse(Fault::exhausted, "must be shorter: there is no memory for it");
  stream.feed(coded);
  const auto by_ratio = coded.size() > limits.bytes / std::max<std::size_t>(limits.ratio, 1) ? limits.bytes : coded.size() * limits.ratio;
  const auto most = std::min(limits.bytes, std::max(by_ratio, limits.free_bytes));
  std::string out;
  while (true) {
    // One byte beyond the limit tells that there is more.
    const int said = stream.step(out, std::min(step_bytes, most + 1 - out.size()));
    if (out.size() > most) return refuse(Fault::exhausted, "must be at most " + std::to_string(most) + " bytes when it is inflated");
    if (said == Z_STREAM_END) break;
    if (said == Z_NEED_DICT) return bad("it needs a dictionary");
    if (said == Z_MEM_ERROR) return refuse(Fault::exhausted, "must be shorter: there is no memory for it");
    if (said == Z_BUF_ERROR) return bad("it ends too early");
    if (said != Z_OK) return bad("it is damaged");
  }
  if (stream.left() > 0) return bad("something follows it");
  return out;
}

}  // namespace gatehouse::coding
