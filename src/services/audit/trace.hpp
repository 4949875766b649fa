// W3C Trace Context (Recommendation of 23 November 2021): the traceparent field. tracestate is passed on as it came, by who forwards.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ground/base/random.hpp"

namespace gatehouse::audit {

struct TraceId {
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const TraceId&) const = default;
  [[nodiscard]] bool valid() const noexcept { return *this != TraceId{}; }
};

struct Trace {
  static constexpr std::size_t length = 55;  ///< characters of a traceparent

  TraceId id;
  std::array<std::uint8_t, 8> span{};  ///< who calls: on the way in the client's span, on the way out ours
  bool sampled = false;
  bool operator==(const Trace&) const = default;

  /// Reads version 00 strictly and higher versions by their first four parts (section 3.2.4, "Versioning of traceparent"). Nothing:
  /// the field is to be ignored and a new trace begun; then tracestate must be dropped too (section 3.3).
  [[nodiscard]] static std::optional<Trace> parse(std::string_view traceparent) noexcept;
  /// Always version 00.
  [[nodiscard]] std::array<char, length> print() const noexcept;
};

/// Makes trace and span ids: unpredictable enough not to collide (xoshiro256++ seeded once), no secrets. One for each thread.
class Spans {
 public:
  explicit Spans(Random& random) noexcept;
  /// A new trace, not sampled: the gate does not record traces itself.
  [[nodiscard]] Trace start() noexcept;
  /// The same trace with a new span, to be sent upstream.
  [[nodiscard]] Trace child(const Trace& parent) noexcept;

 private:
  std::uint64_t number() noexcept;
  std::array<std::uint64_t, 4> state_;
};

/// Lower-case hexadecimal of `bytes`, written to `out`; the end of it.
char* print_hex(std::span<const std::uint8_t> bytes, char* out) noexcept;

}  // namespace gatehouse::audit
