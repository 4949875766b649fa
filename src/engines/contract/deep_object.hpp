// `filter[a][b]=1`: keys in brackets as nested objects and arrays. OpenAPI defines one level of keys; the levels below it, and arrays (`ids[]=1&ids[]=2`, `ids[0]=1`), follow the
// libraries that made the form (qs, Rack, PHP), and only where the schema takes such a value there.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "engines/contract/pairs.hpp"
#include "engines/contract/shape.hpp"
#include "engines/contract/typed_text.hpp"

namespace gatehouse::contract {

class DeepObject {
 public:
  static constexpr std::size_t depth_max = 16;

  /// Takes the pairs whose names begin with `name[`.
  [[nodiscard]] static DeepObject take(Pairs& pairs, std::string_view name, Arena& arena);
  DeepObject(DeepObject&&) noexcept;
  DeepObject& operator=(DeepObject&&) noexcept;
  ~DeepObject();

  [[nodiscard]] bool present() const noexcept { return present_; }
  /// Adds the value, typed by the shape. Not empty: it cannot be read, and why; what was added then is of no use.
  [[nodiscard]] std::string write(TypedText& out, ShapeId shape) const;

 private:
  struct Branch;
  class Writer;
  DeepObject();
  std::unique_ptr<Branch> root_;
  std::string wrong_;
  bool present_ = false;
};

}  // namespace gatehouse::contract
