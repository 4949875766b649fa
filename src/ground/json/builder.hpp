// A document made without a text: from the parameters of a request, or from another notation that means JSON. Order and nesting are the
// caller's, and a mistake in them is a programming error (GH_ASSERT); a name twice in one object is input, and refused at the end.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/json/document.hpp"

namespace gatehouse::json {

///     Builder b;
///     b.begin_object().key("ids").begin_array().integer(1).string("x").end().end();
///     const Document document = TRY(std::move(b).finish());
///
/// Positions number the nodes: the names of members and the values, in order, a container before what it holds.
class Builder {
 public:
  Builder& null() { return scalar(Kind::null, 0); }
  Builder& boolean(bool truth) { return scalar(Kind::boolean, truth ? 1 : 0); }
  Builder& integer(std::int64_t number) { return scalar(Kind::integer, static_cast<std::uint64_t>(number)); }
  Builder& natural(std::uint64_t number);
  /// `number` is finite.
  Builder& real(double number);
  /// `text` is well-formed UTF-8.
  Builder& string(std::string_view text);
  /// A number by its text. False, and nothing is added: it is none by RFC 8259 section 6, or no double holds it. One that a double
  /// rounds keeps its digits.
  [[nodiscard]] bool number(std::string_view text);

  /// A copy of a value of any document.
  Builder& value(const Value& value);

  Builder& begin_object() { return begin(Kind::object); }
  Builder& begin_array() { return begin(Kind::array); }
  /// The name of the next member; well-formed UTF-8.
  Builder& key(std::string_view name);
  /// Ends the innermost object or array.
  Builder& end();

  /// Once more what stands at [begin, end): whole values, or whole members within an object.
  Builder& repeat(std::size_t begin, std::size_t end);

  /// The position of what is added next.
  [[nodiscard]] std::size_t position() const noexcept { return nodes_.size(); }
  [[nodiscard]] Kind kind(std::size_t position) const noexcept { return nodes_[position].kind; }
  /// How many positions the value takes; its container must have ended.
  [[nodiscard]] std::size_t span(std::size_t position) const noexcept { return nodes_[position].span(); }
  /// The text of a string or name; good until something is added.
  [[nodiscard]] std::string_view text(std::size_t position) const noexcept;
  /// Where a name stands for the second time in its object; looked for when the object ends.
  [[nodiscard]] std::optional<std::size_t> repeated() const noexcept { return repeated_; }
  [[nodiscard]] std::size_t depth() const noexcept { return open_.size(); }

  /// The one value that was added. Fault::invalid: a name stands twice in one object.
  [[nodiscard]] Result<Document> finish() &&;

 private:
  struct Open {
    std::size_t at;
    std::uint32_t count = 0;  // names and values of an object
  };
  Builder& begin(Kind kind);
  Builder& scalar(Kind kind, std::uint64_t bits);
  [[nodiscard]] bool number_of_digits(std::string_view text);
  void count_one();
  void find_repeated(std::size_t object, std::size_t members);

  std::vector<internal::Node> nodes_;
  std::string characters_;
  std::vector<Open> open_;
  std::vector<std::size_t> names_;  // scratch
  std::optional<std::size_t> repeated_;
};

}  // namespace gatehouse::json
