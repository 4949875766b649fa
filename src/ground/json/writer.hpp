// JSON written by appending to a string. Whatever bytes come in, what comes out is one line of valid JSON in UTF-8.
#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "ground/json/document.hpp"

namespace gatehouse::json {

/// Appends `text` as a JSON string with its quotes. Control characters (C0, DEL, C1), U+2028, U+2029 and the marks that reverse the
/// direction of text are escaped, since they would break or disguise a line of a log; each byte that is no UTF-8 becomes U+FFFD.
void append_string(std::string& out, std::string_view text);

/// Commas and quotes are the writer's work; order and nesting are the caller's, and a mistake in them is a programming error (GH_ASSERT).
///     Writer w(line);
///     w.begin_object().member("status", 401).key("facts").begin_array().value("a").end().end();
class Writer {
 public:
  static constexpr int depth_max = 64;

  explicit Writer(std::string& out) noexcept : out_(&out) {}

  Writer& begin_object() { return begin('{', true); }
  Writer& begin_array() { return begin('[', false); }
  /// Ends the innermost object or array.
  Writer& end();

  /// The name of the next member of an object. Names are not compared: the caller writes none twice.
  Writer& key(std::string_view name);

  Writer& value(std::string_view text);
  Writer& value(const char* text) { return value(std::string_view(text)); }
  Writer& value(bool truth);
  Writer& value(std::nullptr_t) { return raw("null"); }
  template <std::integral Number>
  Writer& value(Number number) {
    if constexpr (std::is_signed_v<Number>) return signed_number(number);
    else return unsigned_number(number);
  }
  /// The shortest text that reads back as the same number; null for what JSON has no word for (NaN, infinity).
  Writer& value(double number);
  Writer& value(Value value);
  /// Text that is JSON already, for example made by another writer.
  Writer& raw(std::string_view json);

  template <class T>
  Writer& member(std::string_view name, T&& content) {
    return key(name).value(std::forward<T>(content));
  }

  /// True when every object and array has ended.
  [[nodiscard]] bool complete() const noexcept { return depth_ == 0 && !keyed_; }

 private:
  Writer& begin(char bracket, bool object);
  Writer& signed_number(std::int64_t number);
  Writer& unsigned_number(std::uint64_t number);
  void separate();

  std::string* out_;
  std::uint64_t objects_ = 0;  // bit d: the container at depth d is an object
  std::uint64_t filled_ = 0;   // bit d: it has a member or element already
  int depth_ = 0;
  bool keyed_ = false;  // a name is written, its value is due
};

/// The whole value as one line.
[[nodiscard]] std::string to_json(Value value);

}  // namespace gatehouse::json
