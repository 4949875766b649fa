#include "engines/contract/deep_object.hpp"

#include <map>

namespace gatehouse::contract {

struct DeepObject::Branch {
  std::vector<std::string_view> values;                                        // decoded, of a leaf; several where its key came several times
  std::vector<std::pair<std::string_view, std::unique_ptr<Branch>>> children;  // in the order of their coming
  std::map<std::string_view, Branch*> by_key;
  bool listed = false;  // its values came with "[]"

  Branch& child(std::string_view key) {
    auto& known = by_key[key];
    if (known == nullptr) known = children.emplace_back(key, std::make_unique<Branch>()).second.get();
    return *known;
  }
  /// 0, 1, 2 ... in this order.
  [[nodiscard]] bool is_numbered() const {
    std::size_t next = 0;
    for (const auto& [key, child] : children)
      if (key != std::to_string(next++)) return false;
    return true;
  }
};

DeepObject::DeepObject() : root_(std::make_unique<Branch>()) {}
DeepObject::DeepObject(DeepObject&&) noexcept = default;
DeepObject& DeepObject::operator=(DeepObject&&) noexcept = default;
DeepObject::~DeepObject() = default;

class DeepObject::Writer {
 public:
  explicit Writer(TypedText& out) : out_(out) {}

  std::string branch(const Branch& at, ShapeId shape) {
    if (!at.values.empty() && !at.children.empty()) return "has both a value and keys below it";
    if (at.children.empty()) return leaf(at, shape);
    const auto& form = out_.shapes()[shape];
    const bool array = form.kinds.has(Kinds::array) && at.is_numbered();
    out_.begins(shape, array ? Kinds::array : Kinds::object);
    if (array) out_.builder().begin_array();
    else out_.builder().begin_object();
    for (const auto& [key, child] : at.children) {
      if (!array) out_.builder().key(key);
      if (auto wrong = branch(*child, array ? form.items : form.member_or_other(key)); !wrong.empty()) return wrong;
    }
    out_.builder().end();
    return {};
  }

 private:
  std::string leaf(const Branch& at, ShapeId shape) {
    const auto kinds = out_.shapes()[shape].kinds;
    if (at.listed || (out_.shapes()[shape].takes_lists() && (at.values.size() > 1 || !kinds.has_scalar()))) out_.array(shape, at.values);
    else if (at.values.size() != 1) return "has a key several times";
    else out_.scalar(shape, at.values.front());
    return {};
  }

  TypedText& out_;
};

DeepObject DeepObject::take(Pairs& pairs, std::string_view name, Arena& arena) {
  DeepObject out;
  for (auto& pair : pairs.all()) {
    if (pair.taken) continue;
    const auto keys = bracketed_keys(pair.name, name);
    if (!keys) continue;
    pair.taken = out.present_ = true;
    if (keys->size() > depth_max) out.wrong_ = "has keys more than " + std::to_string(depth_max) + " deep";
    const auto value = decoded(pair.raw_value, Escapes::form, arena);
    if (!value) out.wrong_ = "must be percent-encoded UTF-8";
    if (!out.wrong_.empty()) continue;
    auto* at = out.root_.get();
    for (std::size_t i = 0; i < keys->size(); ++i) {
      if (!(*keys)[i].empty()) at = &at->child((*keys)[i]);
      else if (i + 1 == keys->size()) at->listed = true;
      else out.wrong_ = "has '[]' before other keys";
    }
    at->values.push_back(*value);
  }
  return out;
}

std::string DeepObject::write(TypedText& out, ShapeId shape) const {
  if (!wrong_.empty()) return wrong_;
  return Writer(out).branch(*root_, shape);
}

}  // namespace gatehouse::contract
