// Bodies that are one value after the other, without anything around them (OpenAPI 3.2.0 section 4.4, sequential media types), taken apart.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "engines/contract/media_type.hpp"
#include "ground/json/builder.hpp"

namespace gatehouse::contract {

/// How the values of a body follow each other.
enum class Sequence : std::uint8_t {
  none,     ///< they do not: it is one value
  lines,    ///< a line each: JSON Lines, NDJSON
  records,  ///< each behind a record separator: JSON text sequences (RFC 7464)
  events,   ///< server-sent events
};
[[nodiscard]] Sequence sequence_of(const MediaType& type) noexcept;

/// More than so many values are no sequence to be judged here.
constexpr std::size_t sequence_items_max = 100'000;

using SequenceTexts = std::vector<std::string_view>;

/// The texts of JSON, a line each; lines that are blank are none. What is wrong is a sentence that begins with "must".
[[nodiscard]] std::expected<SequenceTexts, std::string> lines_of(std::string_view text);
/// Those behind record separators. Each ends with a line feed: one that does not may have been cut (section 2.4).
[[nodiscard]] std::expected<SequenceTexts, std::string> records_of(std::string_view text);

/// One event, as a stream of events is read (WHATWG HTML section 9.2.6): `retry` is a number, all else text; several lines of data are one text.
struct StreamEvent {
  std::string data;
  std::optional<std::string_view> event, id;
  std::optional<std::uint64_t> retry;
};
/// The events that somebody who listens would get. Comments, unknown fields and blocks without data are none.
[[nodiscard]] std::expected<std::vector<StreamEvent>, std::string> events_of(std::string_view text);

/// As an object with the members that the event has.
void write_event(const StreamEvent& event, json::Builder& out);

}  // namespace gatehouse::contract
