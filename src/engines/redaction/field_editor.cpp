// A reader of JSON by single characters, with a stack of what is open. What stands before a member that is not decided yet (its comma, spaces, its name) waits in
// `pending_`: with the member it leaves or stays, so that commas come out right whichever members go.
#include "engines/redaction/field_editor.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "ground/base/text.hpp"

namespace gatehouse::redaction {

namespace field_editor {
namespace {
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t raw_a_byte = 6;  // \u0041: what one byte of a name takes at most as it is written
constexpr std::size_t kept_min = 8;    // characters that a text must have to keep its last four

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_of_number(char c) noexcept { return text::is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'; }
/// The word that begins so; of a number nothing.
std::string_view word_of(char c) noexcept { return c == 't' ? "true" : c == 'f' ? "false" : c == 'n' ? "null" : ""; }

/// Where the next character is that means something within a text.
std::size_t end_of_plain(std::string_view piece, std::size_t at) noexcept {
  while (at < piece.size() && piece[at] != '"' && piece[at] != '\\') ++at;
  return at;
}

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

/// The four digits behind "\u"; nothing: there are none.
std::optional<std::uint32_t> unit_at(std::string_view raw, std::size_t at) {
  if (raw.size() < at + 6 || raw[at] != '\\' || raw[at + 1] != 'u') return std::nullopt;
  std::uint32_t unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const int digit = text::hex_value(raw[i]);
    if (digit < 0) return std::nullopt;
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  return unit;
}

/// A name as it is meant. What no JSON text may have in it stays as it is, and so is no name that anybody looks for.
std::string unescaped(std::string_view raw) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      out += raw[i];
      continue;
    }
    if (const auto unit = unit_at(raw, i)) {
      i += 5;
      const auto low = *unit >= 0xD800 && *unit < 0xDC00 ? unit_at(raw, i + 1) : std::nullopt;
      const bool pair = low && *low >= 0xDC00 && *low < 0xE000;
      if (pair) i += 6;
      append_utf8(out, pair ? 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00) : *unit);
      continue;
    }
    constexpr std::string_view letters = "bfnrt", meant = "\b\f\n\r\t";
    const char c = raw[++i];
    const auto at = letters.find(c);
    out += at == letters.npos ? c : meant[at];
  }
  return out;
}
}  // namespace
}  // namespace field_editor

FieldEditor::FieldEditor(const FieldRules& rules, PlaceId root, Caller caller, Values values)
    : rules_(rules), caller_(std::move(caller)), root_(root), values_(values), name_max_(rules.name_bytes_max()), place_(root) {}

bool FieldEditor::take(std::string_view piece, bool last, std::string& out) {
  if (failed_) return false;
  out_ = &out;
  std::size_t at = skip_byte_mark(piece);
  while (at < piece.size() && !failed_) failed_ = !step(piece, at);
  if (last && !failed_) {
    if (phase_ == Phase::scalar && open_.empty() && rest_.empty()) end_value();
    // Nothing at all is what an empty body is.
    const bool whole = open_.empty() && (phase_ == Phase::after || phase_ == Phase::value);
    failed_ = !whole;
  }
  return !failed_;
}

/// Texts of JSON have none (RFC 8259 section 8.1), yet some servers write one.
std::size_t FieldEditor::skip_byte_mark(std::string_view piece) {
  std::size_t at = 0;
  while (byte_mark_ < field_editor::byte_order_mark.size() && at < piece.size()) {
    if (piece[at] != field_editor::byte_order_mark[byte_mark_]) {
      failed_ = byte_mark_ > 0;
      byte_mark_ = field_editor::byte_order_mark.size();
      break;
    }
    put(piece[at++]);
    ++byte_mark_;
  }
  return at;
}

bool FieldEditor::step(std::string_view piece, std::size_t& at) {
  const char c = piece[at];
  switch (phase_) {
    case Phase::text: take_text(piece, at); return true;
    case Phase::in_name: take_in_name(piece, at); return true;
    case Phase::scalar: return take_scalar(c, at);
    case Phase::value:
    case Phase::after:
    case Phase::name_or_end:
    case Phase::name:
    case Phase::colon: break;
  }
  ++at;
  constexpr char record_separator = '\x1E';
  if (field_editor::is_space(c) || (c == record_separator && open_.empty() && values_ == Values::several)) {
    put_space(c);
    return true;
  }
  switch (phase_) {
    case Phase::value: return take_value(c);
    case Phase::after: return take_after(c);
    case Phase::name_or_end:
    case Phase::name: return take_name(c);
    case Phase::colon:
      put(c);
      phase_ = Phase::value;
      return c == ':';
    case Phase::text:
    case Phase::in_name:
    case Phase::scalar: break;
  }
  return false;
}

// ---- values ----

const Mark* FieldEditor::mark_of(PlaceId place) const noexcept {
  for (const auto& mark : rules_.places[place].marks)  // sorted: the first holds
    if (caller_.lacks(mark.guard)) return &mark;
  return nullptr;
}

bool FieldEditor::take_value(char c) {
  if (c == ']' && may_close_) return close(c);
  may_close_ = false;
  const bool element = !open_.empty() && !open_.back().object;
  if (element) {
    place_ = rules_.places[here()].items;
    label_ = nullptr;
  } else if (open_.empty()) {
    place_ = root_;
  }
  if (!silent_ && place_ != unmarked) {
    const auto* const mark = mark_of(place_);
    if (mark != nullptr && mark->action == Action::remove) {
      leave_out();
    } else if (mark != nullptr && c != 'n') {
      commit();
      silent_ = true;
      silent_at_ = open_.size();
      keeps_last_ = mark->action == Action::last_four && c == '"';
      replace(c);
    }
  }
  commit();
  if (c == '{' || c == '[') return begin(c == '{', c);
  rest_ = field_editor::word_of(c);
  if (c != '"' && c != '-' && !text::is_digit(c) && rest_.empty()) return false;
  is_word_ = !rest_.empty();
  if (is_word_) rest_.remove_prefix(1);
  put(c);
  phase_ = c == '"' ? Phase::text : Phase::scalar;
  return true;
}

bool FieldEditor::take_scalar(char c, std::size_t& at) {
  const bool goes_on = is_word_ ? text::is_alnum(c) : field_editor::is_of_number(c);
  if (!goes_on) {
    if (!rest_.empty()) return false;
    end_value();
    return true;
  }
  if (is_word_) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
  }
  put(c);
  ++at;
  return true;
}

/// What comes until the value has ended does not leave, nor what stands before it.
void FieldEditor::leave_out() {
  note_first();
  ++removed_;
  pending_.clear();
  holds_ = false;
  silent_ = true;
  silent_at_ = open_.size();
}

/// The constant in place of a value that begins so.
void FieldEditor::replace(char c) {
  note_first();
  ++masked_;
  if (keeps_last_) {
    characters_ = digits_due_ = 0;
    for (auto& character : last_) character.clear();
  } else {
    *out_ += c == '"' ? "\"***\"" : c == '{' ? "{}" : c == '[' ? "[]" : c == 't' || c == 'f' ? "false" : "0";
  }
}

bool FieldEditor::begin(bool object, char c) {
  if (open_.size() >= depth_max) return false;
  put(c);
  const PlaceId place = silent_ ? unmarked : place_;
  open_.push_back({.object = object, .wrote = false, .place = place, .label = label_});
  holds_ = !silent_ && place != unmarked;
  may_close_ = !object;
  phase_ = object ? Phase::name_or_end : Phase::value;
  return true;
}

bool FieldEditor::close(char c) {
  if (open_.empty() || open_.back().object != (c == '}')) return false;
  if (holds_) {  // spaces within an empty one
    holds_ = false;
    put(std::exchange(pending_, {}));
  }
  put(c);
  may_close_ = false;
  open_.pop_back();
  end_value();
  return true;
}

void FieldEditor::end_value() {
  phase_ = Phase::after;
  if (!silent_ || open_.size() != silent_at_) return;
  silent_ = false;
  if (keeps_last_) write_last_four();
}

bool FieldEditor::take_after(char c) {
  if (open_.empty()) {
    if (values_ == Values::one) return false;
    return take_value(c);
  }
  if (c == '}' || c == ']') return close(c);
  if (c != ',') return false;
  holds_ = !silent_ && here() != unmarked;
  put(c);
  phase_ = open_.back().object ? Phase::name : Phase::value;
  return true;
}

void FieldEditor::take_text(std::string_view piece, std::size_t& at) {
  if (!escaped_ && !keeps_last_) {  // as much as there is at once
    const auto end = field_editor::end_of_plain(piece, at);
    put(piece.substr(at, end - at));
    at = end;
    if (at == piece.size()) return;
  }
  const char c = piece[at++];
  if (keeps_last_ && (escaped_ || c != '"')) keep_character(c);
  put(c);
  if (escaped_) escaped_ = false;
  else if (c == '\\') escaped_ = true;
  else if (c == '"') end_value();
}

/// One more byte of a text of which the last four characters stay, as it is written. An escape is one character, and so are two of them that together are one beyond
/// the first plane.
void FieldEditor::keep_character(char c) {
  constexpr std::size_t character_max = 12;
  auto& now = last_.back();
  const bool in_pair = now.size() == 6 && (now.starts_with("\\ud") || now.starts_with("\\uD")) && (text::hex_value(now[3]) & 0xC) == 0x8 && c == '\\';
  const bool goes_on = escaped_ || digits_due_ > 0 || in_pair || (static_cast<unsigned char>(c) & 0xC0) == 0x80;
  if (digits_due_ > 0) --digits_due_;
  if (escaped_ && c == 'u') digits_due_ = 4;
  if (goes_on && characters_ > 0) {
    if (now.size() < character_max) now += c;
    return;
  }
  std::ranges::rotate(last_, last_.begin() + 1);
  last_.back().assign(1, c);
  ++characters_;
}

void FieldEditor::write_last_four() {
  keeps_last_ = false;
  *out_ += "\"***";
  if (characters_ >= field_editor::kept_min)
    for (const auto& character : last_) *out_ += character;
  *out_ += '"';
}

// ---- members ----

bool FieldEditor::take_name(char c) {
  if (c == '}' && phase_ == Phase::name_or_end) return close(c);
  if (c != '"') return false;
  put(c);
  name_at_ = pending_.size();
  place_ = unmarked;  // unless it is decided otherwise
  phase_ = Phase::in_name;
  return true;
}

void FieldEditor::take_in_name(std::string_view piece, std::size_t& at) {
  if (!escaped_) {
    const auto end = field_editor::end_of_plain(piece, at);
    put(piece.substr(at, end - at));
    at = end;
  }
  if (at < piece.size()) {
    const char c = piece[at++];
    if (!escaped_ && c == '"') {
      if (holds_) decide_member(std::string_view(pending_).substr(name_at_));
      phase_ = Phase::colon;
    }
    put(c);
    escaped_ = !escaped_ && c == '\\';
  }
  // No name that is looked for is as long as that.
  if (holds_ && phase_ == Phase::in_name && pending_.size() - name_at_ > field_editor::raw_a_byte * name_max_) member_is(rules_.unnamed(here()));
}

void FieldEditor::decide_member(std::string_view raw) {
  const auto decoded = raw.contains('\\') ? field_editor::unescaped(raw) : std::string();
  member_is(rules_.member(here(), decoded.empty() ? raw : std::string_view(decoded)));
}

void FieldEditor::member_is(const FieldRules::Found& found) {
  place_ = found.place;
  label_ = found.name;
  const auto* const mark = mark_of(place_);
  if (mark == nullptr || mark->action != Action::remove) return commit();
  leave_out();
}

// ---- what leaves ----

void FieldEditor::put(std::string_view text) {
  if (silent_) return;
  (holds_ ? pending_ : *out_) += text;
}

void FieldEditor::put_space(char c) {
  if (!holds_ || pending_.size() < spaces_max) put(c);
}

/// What waits leaves, behind what has left of its container.
void FieldEditor::commit() {
  if (!holds_) return;
  holds_ = false;
  auto& open = open_.back();
  const std::string_view waiting = pending_;
  *out_ += waiting.substr(!open.wrote && waiting.starts_with(',') ? 1 : 0);
  open.wrote = true;
  pending_.clear();
}

void FieldEditor::note_first() {
  if (removed_ + masked_ > 0) return;
  for (std::size_t i = 1; i < open_.size(); ++i) (first_ += '/') += open_[i].label != nullptr ? *open_[i].label : "*";
  if (!open_.empty()) (first_ += '/') += label_ != nullptr ? *label_ : "*";
}

}  // namespace gatehouse::redaction
