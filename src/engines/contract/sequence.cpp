#include "engines/contract/sequence.hpp"

#include <algorithm>
#include <array>

#include "ground/base/text.hpp"

namespace gatehouse::contract {

namespace sequence {
namespace {
constexpr char record_separator = '\x1E';
constexpr std::string_view mark = "\xEF\xBB\xBF";  // a byte order mark, which a stream of events may begin with

std::unexpected<std::string> too_many() { return std::unexpected("must have at most " + std::to_string(sequence_items_max) + " values"); }

bool is_blank(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
}

/// The next line of a stream of events, without its end: LF, CR, or both.
std::string_view take_line(std::string_view& rest) noexcept {
  const auto end = std::min(rest.find_first_of("\r\n"), rest.size());
  const auto line = rest.substr(0, end);
  const bool both = rest.substr(end).starts_with("\r\n");
  rest.remove_prefix(std::min(end + (both ? 2 : 1), rest.size()));
  return line;
}

class EventReader {
 public:
  std::expected<std::vector<StreamEvent>, std::string> run(std::string_view text) {
    if (!text::is_utf8(text)) return std::unexpected("must be UTF-8");
    if (text.starts_with(mark)) text.remove_prefix(mark.size());
    while (!text.empty()) {
      const bool ends = text.find_first_of("\r\n") != text.npos;
      const auto line = take_line(text);
      if (!ends) return std::unexpected("must end each line");
      if (line.empty()) end_block();
      else field(line);
      if (out_.size() > sequence_items_max) return too_many();
    }
    // A listener would drop it, but not each does.
    if (has_data_) return std::unexpected("must end each event with an empty line");
    return std::move(out_);
  }

 private:
  void end_block() {
    if (has_data_) out_.push_back(std::move(now_));
    now_ = {};
    has_data_ = false;
  }

  void field(std::string_view line) {
    const auto colon = std::min(line.find(':'), line.size());
    const auto name = line.substr(0, colon);
    auto value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (name == "data") {
      if (has_data_) now_.data += '\n';
      now_.data += value;
      has_data_ = true;
    } else if (name == "event") {
      now_.event = value;
    } else if (name == "id" && !value.contains('\0')) {
      now_.id = value;
    } else if (name == "retry" && !value.empty() && std::ranges::all_of(value, text::is_digit)) {
      if (const auto number = text::parse_number<std::uint64_t>(value)) now_.retry = number;
    }
  }

  std::vector<StreamEvent> out_;
  StreamEvent now_;
  bool has_data_ = false;
};
}  // namespace
}  // namespace sequence

Sequence sequence_of(const MediaType& type) noexcept {
  constexpr std::array<std::string_view, 5> lines{"jsonl", "x-jsonl", "ndjson", "x-ndjson", "jsonlines"};
  if (type.type == "text" && type.subtype == "event-stream") return Sequence::events;
  if (type.type != "application") return Sequence::none;
  if (std::ranges::find(lines, type.subtype) != lines.end()) return Sequence::lines;
  if (type.subtype == "json-seq" || type.subtype.ends_with("+json-seq")) return Sequence::records;
  return Sequence::none;
}

std::expected<SequenceTexts, std::string> lines_of(std::string_view text) {
  SequenceTexts out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (sequence::is_blank(line)) continue;
    if (out.size() == sequence_items_max) return sequence::too_many();
    out.push_back(line);
  }
  return out;
}

std::expected<SequenceTexts, std::string> records_of(std::string_view text) {
  if (!text.starts_with(sequence::record_separator)) return std::unexpected("must begin with a record separator");
  SequenceTexts out;
  while (!text.empty()) {
    text.remove_prefix(1);
    const auto end = std::min(text.find(sequence::record_separator), text.size());
    const auto record = text.substr(0, end);
    text.remove_prefix(end);
    if (record.empty()) continue;  // RFC 7464 section 2.1: separators beside each other are one
    if (!record.ends_with('\n')) return std::unexpected("must end each value with a line feed");
    if (out.size() == sequence_items_max) return sequence::too_many();
    out.push_back(record);
  }
  return out;
}

std::expected<std::vector<StreamEvent>, std::string> events_of(std::string_view text) { return sequence::EventReader().run(text); }

void write_event(const StreamEvent& event, json::Builder& out) {
  out.begin_object().key("data").string(event.data);
  if (event.event) out.key("event").string(*event.event);
  if (event.id) out.key("id").string(*event.id);
  if (event.retry) out.key("retry").natural(*event.retry);
  out.end();
}

}  // namespace gatehouse::contract
