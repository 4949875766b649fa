// JSON read strictly (RFC 8259, and I-JSON's rule on names, RFC 7493 section 2.3): one text, one meaning. simdjson reads it; the result is
// copied into one compact block of our own, so that a document can be kept for long and no header of ours shows the library.
//
//   block: [ node | node | node | ... ][ characters of all strings, and bytes between them that mean nothing ]     an object is its node, then name, value, name, value ...
//
// Invariant: no object in a document has one name twice, every string is well-formed UTF-8, nothing follows the value.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "ground/base/assert.hpp"
#include "ground/base/result.hpp"

namespace gatehouse::json {

/// What a text may hold; one thing more is refused. `depth` counts nested arrays and objects and is capped at `depth_max`.
struct Limits {
  std::size_t bytes = 1U << 20U;         ///< of the whole text
  std::size_t depth = 32;                ///< 0: only a scalar; 1: a flat object or array
  std::size_t members = 100'000;         ///< of one object, or elements of one array
  std::size_t string_bytes = 1U << 20U;  ///< of one name or string, unescaped
  /// Take integers beyond 64 bits, as `real` with their digits kept. Else they are refused (RFC 7493 section 2.2: peers would round them).
  bool wide_integers = false;
};
constexpr std::size_t depth_max = 512;

/// Numbers are told apart by how they are written: `integer` fits in 64 signed bits, `natural` only in 64 unsigned bits, `real` is any other.
enum class Kind : std::uint8_t { null, boolean, integer, natural, real, string, array, object };
[[nodiscard]] std::string_view to_text(Kind kind) noexcept;

namespace internal {
struct Node {
  Kind kind;
  std::uint32_t size;  // bytes of a string, members of an object, elements of an array; of a real the bytes of its text, 0 if that is not kept
  std::uint64_t bits;  // the scalar; offset of a string's characters; of a container the number of nodes it takes, itself included; of a real
                       // whose text is kept the offset of eight bytes, the double, before that text

  [[nodiscard]] std::size_t span() const noexcept { return kind == Kind::array || kind == Kind::object ? bits : 1; }
};
}  // namespace internal

struct Member;
class Builder;
class Document;
class Scalar;

/// One value of a document, which must outlive it. Asking for what it is not gives nothing.
class Value {
 public:
  [[nodiscard]] Kind kind() const noexcept { return node_->kind; }
  [[nodiscard]] bool is_object() const noexcept { return kind() == Kind::object; }
  [[nodiscard]] bool is_array() const noexcept { return kind() == Kind::array; }
  [[nodiscard]] bool is_string() const noexcept { return kind() == Kind::string; }
  [[nodiscard]] bool is_null() const noexcept { return kind() == Kind::null; }
  [[nodiscard]] bool is_number() const noexcept { return kind() == Kind::integer || kind() == Kind::natural || kind() == Kind::real; }

  [[nodiscard]] std::optional<bool> boolean() const noexcept {
    if (kind() != Kind::boolean) return std::nullopt;
    return node_->bits != 0;
  }
  [[nodiscard]] std::optional<std::string_view> string() const noexcept {
    if (!is_string()) return std::nullopt;
    return text();
  }
  /// A number written without fraction and exponent that fits.
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept {
    if (kind() != Kind::integer) return std::nullopt;
    return static_cast<std::int64_t>(node_->bits);
  }
  [[nodiscard]] std::optional<std::uint64_t> natural() const noexcept {
    if (kind() == Kind::natural || (kind() == Kind::integer && static_cast<std::int64_t>(node_->bits) >= 0)) return node_->bits;
    return std::nullopt;
  }
  /// Any number, rounded to a double; always finite.
  [[nodiscard]] std::optional<double> number() const noexcept;
  /// What number() had to round: a real of more than 15 digits as the text wrote it (for a wide integer "e0" may follow). Of any other
  /// number nothing: the shortest decimal of its double is the number that was written.
  [[nodiscard]] std::optional<std::string_view> digits() const noexcept {
    if (kind() != Kind::real || node_->size == 0) return std::nullopt;
    return std::string_view(characters_ + node_->bits + sizeof(double), node_->size);
  }

  /// Tells this place from every other place of all documents that live: a key for tables about values, never shown to anybody.
  [[nodiscard]] const void* identity() const noexcept { return node_; }

  /// Members of an object or elements of an array; 0 for a scalar.
  [[nodiscard]] std::size_t size() const noexcept { return is_object() || is_array() ? node_->size : 0; }

  /// The member of that name; nothing if there is none or this is no object.
  [[nodiscard]] std::optional<Value> get(std::string_view name) const noexcept;
  /// get(), and the member is a string.
  [[nodiscard]] std::optional<std::string_view> string(std::string_view name) const noexcept;

  /// The members of an object in the order of the text; of anything else none. `for (const auto [name, value] : v.members())`
  [[nodiscard]] auto members() const noexcept;
  /// The elements of an array; of anything else none.
  [[nodiscard]] auto elements() const noexcept;

 private:
  friend class Document;
  friend class Builder;
  friend class Scalar;
  friend Document copy(Value value);
  friend Result<bool> judged(std::string_view text, const Limits& limits, const std::function<bool(Value)>& judge);
  template <class Item>
  friend class Children;
  Value(const internal::Node* node, const char* characters) noexcept : node_(node), characters_(characters) {}
  [[nodiscard]] std::string_view text() const noexcept { return {characters_ + node_->bits, node_->size}; }
  [[nodiscard]] Value next() const noexcept { return {node_ + node_->span(), characters_}; }

  const internal::Node* node_;
  const char* characters_;
};

struct Member {
  std::string_view name;
  Value value;
};

/// What stands in a container, one after the other.
template <class Item>
class Children {
 public:
  class Iterator {
   public:
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    explicit Iterator(Value at) noexcept : at_(at) {}
    [[nodiscard]] Item operator*() const noexcept {
      if constexpr (std::is_same_v<Item, Member>) return Member{at_.text(), at_.next()};
      else return at_;
    }
    /// Of a member the name, as a string value.
    [[nodiscard]] Value name_value() const noexcept
      requires std::is_same_v<Item, Member>
    {
      return at_;
    }
    Iterator& operator++() noexcept {
      if constexpr (std::is_same_v<Item, Member>) at_ = at_.next().next();
      else at_ = at_.next();
      return *this;
    }
    Iterator operator++(int) noexcept {
      const auto before = *this;
      ++*this;
      return before;
    }
    [[nodiscard]] bool operator==(const Iterator& other) const noexcept { return at_.node_ == other.at_.node_; }

   private:
    Value at_;
  };

  [[nodiscard]] Iterator begin() const noexcept { return Iterator(first_); }
  [[nodiscard]] Iterator end() const noexcept { return Iterator(last_); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  friend class Value;
  Children(Value container, bool any) noexcept
      : first_({container.node_ + 1, container.characters_}), last_(any ? container.next() : first_), size_(any ? container.size() : 0) {}
  Value first_, last_;
  std::size_t size_;
};

inline auto Value::members() const noexcept { return Children<Member>(*this, is_object()); }
inline auto Value::elements() const noexcept { return Children<Value>(*this, is_array()); }

/// One scalar without a document, to be judged where it stands. It must outlive its value(), and so must the text that it was made of.
class Scalar {
 public:
  explicit Scalar(bool truth) noexcept : node_{Kind::boolean, 0, truth ? 1U : 0U} {}
  explicit Scalar(std::int64_t number) noexcept : node_{Kind::integer, 0, static_cast<std::uint64_t>(number)} {}
  /// Well-formed UTF-8.
  explicit Scalar(std::string_view text) noexcept : node_{Kind::string, static_cast<std::uint32_t>(text.size()), 0}, characters_(text.data()) {
    GH_ASSERT(text.size() <= ~std::uint32_t{0});
  }
  Scalar(const char*) = delete;  // would be a truth
  [[nodiscard]] Value value() const noexcept { return {&node_, characters_}; }

 private:
  internal::Node node_;
  const char* characters_ = nullptr;
};

/// A parsed text: one allocation, as large as needed. Values point into it, hence it may be moved but not changed.
class Document {
 public:
  [[nodiscard]] Value root() const noexcept {
    GH_ASSERT(block_ != nullptr);
    return {reinterpret_cast<const internal::Node*>(block_.get()), block_.get() + node_count_ * sizeof(internal::Node)};
  }
  /// Bytes held.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  friend class Builder;
  friend Result<Document> parse(std::string_view text, const Limits& limits);
  friend Result<bool> judged(std::string_view text, const Limits& limits, const std::function<bool(Value)>& judge);
  friend Document copy(Value value);
  Document(std::span<const internal::Node> nodes, std::string_view characters, std::string_view more);
  std::unique_ptr<char[]> block_;
  std::size_t node_count_;
  std::size_t bytes_;
};

/// Reads one JSON text. Fault::invalid: not JSON, not UTF-8, a name twice in one object, a lone surrogate, a number that no double or 64-bit
/// integer holds, something after the value; Fault::exhausted: a limit. `told` says what and where (byte offset or JSON pointer).
/// Uses scratch memory of the calling thread; what a large text needed is given back.
[[nodiscard]] Result<Document> parse(std::string_view text, const Limits& limits = {});

/// What `judge` says of the value of a text, which is as it would be after parse() but lies in the thread's scratch memory: it is gone when `judge`
/// returns, and nothing is allocated for it. Errors as of parse(). `judge` may read further texts.
[[nodiscard]] Result<bool> judged(std::string_view text, const Limits& limits, const std::function<bool(Value)>& judge);

/// A document of its own with this value as its root: keeps a small part when the large whole is let go.
[[nodiscard]] Document copy(Value value);

}  // namespace gatehouse::json
