// Binds a plain struct of options to a closed block of named settings:
//
//   Block<Limit> limit_settings() {
//     return Block<Limit>("limit", "How often a caller may come.")
//         .required("rate", &Limit::rate, rate(), "Requests over time that are allowed on the long run.", "10/s")
//         .field("burst", &Limit::burst, integer<std::uint32_t>(1, 100'000), "Requests that may come at once.", "20");
//   }
//
// From it come the reader (every problem noted, unknown names refused), the JSON Schema, the reference and the example. The
// default of a field is what a default-made struct holds.
#pragma once
#include <functional>

#include "ground/settings/container.hpp"
#include "ground/settings/type.hpp"

namespace gatehouse::settings {

namespace detail {

/// The part that knows no C++ type: `options` points to the struct.
class BlockType final : public Type {
 public:
  using Member = std::function<void*(void* options)>;
  using Check = std::function<void(Reader& reader, const Node& node, const void* options)>;
  struct Parts {
    Shape shape;
    std::vector<Member> members;  ///< one for each field of the shape
    std::vector<Check> checks;
  };
  explicit BlockType(Parts parts) : Type(std::move(parts.shape)), members_(std::move(parts.members)), checks_(std::move(parts.checks)) {}

  bool read(Reader& reader, const Node& node, void* options) const override;
  [[nodiscard]] std::string print(const void* options) const override;

 private:
  /// `unknown`: there are names that nobody knows, and all the others are right.
  enum class Fields : std::uint8_t { right, unknown, wrong };
  Fields read_fields(Reader& reader, const Node& node, void* options) const;
  void note_unknown(Reader& reader, const Node::Entry& entry, std::string nearest) const;
  void give_examples(Reader& reader, std::size_t first) const;
  std::vector<Member> members_;
  std::vector<Check> checks_;
};

void add_field(BlockType::Parts& parts, Field field, BlockType::Member member);

template <class T>
[[nodiscard]] std::function<bool(Reader&, const Node&)> acceptor(const TypeOf<T>& type) {
  return [type](Reader& reader, const Node& node) {
    T value{};
    return type.read(reader, node, value);
  };
}

}  // namespace detail

template <class Options>
class Block {
 public:
  Block(std::string_view name, std::string_view purpose) {
    parts_.shape.kind = Shape::Kind::block;
    parts_.shape.name = name;
    parts_.shape.purpose = purpose;
  }

  /// A setting that may be left out.
  template <class T>
  Block&& field(std::string_view name, T Options::* member, const TypeOf<std::type_identity_t<T>>& type, std::string_view purpose,
                std::string_view example) && {
    return std::move(*this).add(name, member, type, purpose, example, false);
  }
  /// A setting that may be left out and then has no value.
  template <class T>
  Block&& field(std::string_view name, std::optional<T> Options::* member, const TypeOf<std::type_identity_t<T>>& type, std::string_view purpose,
                std::string_view example) && {
    return std::move(*this).add(name, member, optional_of(type), purpose, example, false);
  }
  /// A setting without which the block is refused.
  template <class T>
  Block&& required(std::string_view name, T Options::* member, const TypeOf<std::type_identity_t<T>>& type, std::string_view purpose,
                   std::string_view example) && {
    return std::move(*this).add(name, member, type, purpose, example, true);
  }
  /// A rule over several fields, asked only when each of them alone is right: void(Reader&, const Node& block, const Options&).
  template <class Rule>
  Block&& check(Rule rule) && {
    parts_.checks.push_back(
        [rule](Reader& reader, const Node& node, const void* options) { rule(reader, node, *static_cast<const Options*>(options)); });
    return std::move(*this);
  }

  // A finished block is a type like any other. NOLINTNEXTLINE(google-explicit-constructor)
  operator TypeOf<Options>() && { return TypeOf<Options>(std::make_shared<detail::BlockType>(std::move(parts_))); }

 private:
  template <class T>
  Block&& add(std::string_view name, T Options::* member, const TypeOf<T>& type, std::string_view purpose, std::string_view example,
              bool required) && {
    static const Options defaults{};
    detail::add_field(parts_,
                      {std::string(name), std::string(purpose), std::string(example), required, type.print(defaults.*member), type.erased(),
                       detail::acceptor(type)},
                      [member](void* options) -> void* { return &(static_cast<Options*>(options)->*member); });
    return std::move(*this);
  }
  detail::BlockType::Parts parts_;
};

}  // namespace gatehouse::settings
