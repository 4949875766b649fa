// What schemas say of their form in XML (OpenAPI 3.0.4 section 4.7.26, 3.2.0 section 4.26): the `xml` objects of all schemas that make one shape, as one.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/json/document.hpp"

namespace gatehouse::contract {

/// What of XML a value is. `inferred`: nothing was said; an element, of an array none.
enum class XmlNode : std::uint8_t { inferred, element, attribute, text, cdata, none };

/// Views are of the document that the schemas are in.
class XmlWords {
 public:
  /// Where an `xml` object stands: behind how many references and combinations, and whether within one of several alternatives.
  struct Standing {
    std::size_t depth = 0;
    bool alternative = false;
    bool beside_reference = false;
  };
  void add(const json::Value& xml, const Standing& standing);
  void add_component(std::string name) noexcept { component_ = std::move(name); }
  void add_required(const json::Value& names);
  void add_ordered_items() noexcept { ordered_items_ = true; }

  [[nodiscard]] std::optional<std::string_view> name() const noexcept { return name_.value; }
  /// The name was given where the value is used, not where a shared schema is.
  [[nodiscard]] bool name_is_own() const noexcept { return name_.value && name_.standing.depth == 0; }
  [[nodiscard]] std::optional<std::string_view> space() const noexcept { return space_.value; }
  [[nodiscard]] std::optional<std::string_view> prefix() const noexcept { return prefix_.value; }
  [[nodiscard]] XmlNode node() const noexcept { return node_.value.value_or(XmlNode::inferred); }
  [[nodiscard]] bool wrapped() const noexcept { return wrapped_.value.value_or(false); }
  /// Of the schema of `components` that it is; empty: it is none of them.
  [[nodiscard]] const std::string& component() const noexcept { return component_; }
  [[nodiscard]] bool requires_member(std::string_view name) const noexcept;
  /// Why no mapping can follow it; empty: one can.
  [[nodiscard]] std::string_view fault() const noexcept { return fault_; }
  /// `prefixItems`: which item is meant is told by its number.
  [[nodiscard]] bool has_ordered_items() const noexcept { return ordered_items_; }

 private:
  template <class T>
  struct Field {
    std::optional<T> value;
    Standing standing;
  };
  template <class T>
  void set(Field<T>& field, T value, const Standing& standing);

  Field<std::string_view> name_, space_, prefix_;
  Field<XmlNode> node_;
  Field<bool> wrapped_;
  std::string component_;
  std::string_view fault_;
  std::vector<std::string_view> required_;
  bool ordered_items_ = false;
};

}  // namespace gatehouse::contract
