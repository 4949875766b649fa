// Prefixes and the namespaces that they stand for while a document is read (Namespaces in XML 1.0, third edition).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.hpp"

namespace gatehouse::xml {

/// "soap:Body" is {"soap", "Body"}.
struct QualifiedName {
  std::string_view prefix, local;
};

/// Nothing: it has a colon where none may be (section 4).
[[nodiscard]] std::optional<QualifiedName> qualified(std::string_view name) noexcept;

/// What the declarations of the elements that are open mean. Two prefixes for one namespace have one number.
class Namespaces {
 public:
  static constexpr std::uint32_t none = 0;

  /// Both must outlive it. `names` gets the name of each namespace at its number.
  Namespaces(std::vector<std::string>& names, std::size_t declared_max, std::size_t bytes_max);

  void open() { marks_.push_back(bindings_.size()); }
  void close() noexcept {
    bindings_.resize(marks_.back());
    marks_.pop_back();
  }

  /// For the innermost element: `xmlns:prefix="name"`, or without a prefix `xmlns="name"`. What is wrong with it is a sentence; empty: nothing.
  [[nodiscard]] std::string_view declare(std::string_view prefix, std::string_view name);

  /// The number of the namespace; nothing: the prefix is not declared. The empty prefix, which attributes do not ask for, is the default namespace.
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view prefix) const noexcept;

 private:
  struct Binding {
    std::string prefix;
    std::uint32_t space;
  };
  std::vector<std::string>& names_;
  std::size_t declared_max_, bytes_max_;
  std::vector<Binding> bindings_;
  std::vector<std::size_t> marks_;  // how many bindings there were when each open element began
};

}  // namespace gatehouse::xml
