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

/// What a rule over several settings of a block stands on. It is asked when all of that is certain, whatever else of the block is wrong: so one
/// mistake hides no other, and what is wrong itself has no consequences.
struct Needs {
  std::vector<std::string_view> values = {};  ///< settings whose values it reads: each is right, or left out and at its default
  std::vector<std::string_view> given = {};   ///< settings of which it asks only whether they are there: no name that nobody knows seems to mean them
};

namespace detail {

/// The part that knows no C++ type: `options` points to the struct.
class BlockType final : public Type {
 public:
  using Member = std::function<void*(void* options)>;
  struct Check {
    Needs needs;
    std::function<void(Reader& reader, const Node& node, const void* options)> rule;
  };
  struct Parts {
    Shape shape;
    std::vector<Member> members;  ///< one for each field of the shape
    std::vector<Check> checks;
  };
  explicit BlockType(Parts parts) : Type(std::move(parts.shape)), members_(std::move(parts.members)), checks_(std::move(parts.checks)) {}

  bool read(Reader& reader, const Node& node, void* options) const override;
  [[nodiscard]] std::string print(const void* options) const override;

 private:
  /// What is known of a field once all of them are read.
  struct Known {
    bool value = true;  ///< it is right, or may be left out and is
    bool given = true;  ///< that it is there, or that it is not, is no matter of a misspelt name
  };
  std::vector<Known> read_fields(Reader& reader, const Node& node, void* options) const;
  void read_unknown(Reader& reader, const Node& node, const Node::Entry& entry, std::vector<Known>& known) const;
  [[nodiscard]] bool can_judge(const Check& check, const std::vector<Known>& known) const;
  [[nodiscard]] std::size_t index_of(std::string_view name) const;
  void note_unknown(Reader& reader, const Node::Entry& entry, std::string nearest) const;
  void give_examples(Reader& reader, std::size_t first) const;
  std::vector<Member> members_;
  std::vector<Check> checks_;
};

void add_field(BlockType::Parts& parts, Field field, BlockType::Member member);
/// The names are those of fields that have been added.
void add_check(BlockType::Parts& parts, BlockType::Check check);

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
  /// A rule over several fields: void(Reader&, const Node& block, const Options&).
  template <class Rule>
  Block&& check(Needs needs, Rule rule) && {
    detail::add_check(parts_, {std::move(needs), [rule](Reader& reader, const Node& node, const void* options) {
                                 rule(reader, node, *static_cast<const Options*>(options));
                               }});
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
