// Types made of types: lists, maps from names, optional values, and a word that may stand in a value's place.
#pragma once
#include <map>
#include <optional>

#include "ground/settings/type.hpp"

namespace gatehouse::settings {

/// Maps are read in the order of the file and kept in the order of their names.
template <class T>
using Named = std::map<std::string, T, std::less<>>;

namespace detail {

template <class T>
class ListType final : public Type {
 public:
  ListType(TypeOf<T> items, std::size_t minimum, std::size_t maximum)
      : Type(list_shape(*items.erased(), items.erased(), minimum, maximum)), items_(std::move(items)) {}

  bool read(Reader& reader, const Node& node, void* value) const override {
    if (node.kind != Node::Kind::list)
      return note_no_list(reader, node, [&](Reader& aside) {
        T item{};
        return items_.read(aside, node, item);
      });
    if (!in_range(reader, node, static_cast<std::int64_t>(node.items.size()), shape())) return false;
    auto& list = *static_cast<std::vector<T>*>(value);
    list.clear();
    bool right = true;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Reader::Inside inside(reader, i);
      T item{};
      if (node.items[i].refused || !items_.read(reader, node.items[i], item)) right = false;
      list.push_back(std::move(item));  // also a wrong one: the others keep their index, and what of it was read is checked further
    }
    return right;
  }

  [[nodiscard]] std::string print(const void* value) const override {
    // What must not be empty and is has been left out.
    if (static_cast<const std::vector<T>*>(value)->empty() && shape().minimum > 0) return {};
    std::string out = "[";
    for (const T& item : *static_cast<const std::vector<T>*>(value)) append_item(out, items_.print(item));
    return out + "]";
  }

 private:
  TypeOf<T> items_;
};

template <class T>
class MapType final : public Type {
 public:
  MapType(TypeOf<T> items, Names names, std::size_t maximum)
      : Type(map_shape(*items.erased(), items.erased(), names, maximum)), items_(std::move(items)), names_(names) {}

  bool read(Reader& reader, const Node& node, void* value) const override {
    if (node.kind != Node::Kind::map) return note_wrong_kind(reader, node, "a block of names");
    if (!in_range(reader, node, static_cast<std::int64_t>(node.entries.size()), shape())) return false;
    auto& map = *static_cast<Named<T>*>(value);
    map.clear();
    bool right = true;
    for (const auto& entry : node.entries) {
      const Reader::Inside inside(reader, entry.name);
      T item{};
      const bool named = check_name(reader, entry.at, entry.name, names_);
      if (entry.value.refused || !items_.read(reader, entry.value, item) || !named) right = false;
      if (named) map.insert_or_assign(entry.name, std::move(item));
    }
    return right;
  }

  [[nodiscard]] std::string print(const void* value) const override {
    std::string out = "{";
    for (const auto& [name, item] : *static_cast<const Named<T>*>(value)) append_item(out, quote(name) + ": " + items_.print(item));
    return out + "}";
  }

 private:
  TypeOf<T> items_;
  Names names_;
};

template <class T>
class OptionalType final : public Type {
 public:
  explicit OptionalType(TypeOf<T> type) : Type(type.shape()), type_(std::move(type)) {}

  bool read(Reader& reader, const Node& node, void* value) const override {
    return type_.read(reader, node, static_cast<std::optional<T>*>(value)->emplace());
  }
  [[nodiscard]] std::string print(const void* value) const override {
    const auto& optional = *static_cast<const std::optional<T>*>(value);
    return optional ? type_.print(*optional) : std::string{};
  }

 private:
  TypeOf<T> type_;
};

template <class T>
class WordType final : public Type {
 public:
  WordType(TypeOf<T> type, std::string_view word, T meaning, std::string_view purpose)
      : Type(with_word(type.shape(), word, purpose)), type_(std::move(type)), word_(word), meaning_(std::move(meaning)) {}

  bool read(Reader& reader, const Node& node, void* value) const override {
    if (is_word(node, word_)) {
      *static_cast<T*>(value) = meaning_;
      return true;
    }
    if (note_no_word(reader, node, shape())) return false;
    return type_.read(reader, node, *static_cast<T*>(value));
  }
  [[nodiscard]] std::string print(const void* value) const override {
    const auto& of_type = *static_cast<const T*>(value);
    return of_type == meaning_ ? quote(word_) : type_.print(of_type);
  }

 private:
  TypeOf<T> type_;
  std::string word_;
  T meaning_;
};

}  // namespace detail

/// `minimum` of 1 refuses an empty list, for which leaving the setting out is the clearer way.
template <class T>
[[nodiscard]] TypeOf<std::vector<T>> list_of(TypeOf<T> items, std::size_t minimum = 0, std::size_t maximum = items_max) {
  return TypeOf<std::vector<T>>(std::make_shared<detail::ListType<T>>(std::move(items), minimum, maximum));
}

template <class T>
[[nodiscard]] TypeOf<Named<T>> map_of(TypeOf<T> items, Names names = Names::own, std::size_t maximum = items_max) {
  return TypeOf<Named<T>>(std::make_shared<detail::MapType<T>>(std::move(items), names, maximum));
}

template <class T>
[[nodiscard]] TypeOf<std::optional<T>> optional_of(TypeOf<T> type) {
  return TypeOf<std::optional<T>>(std::make_shared<detail::OptionalType<T>>(std::move(type)));
}

/// The type, or a word in its place that means one certain value: `workers: auto`.
template <class T>
[[nodiscard]] TypeOf<T> or_word(TypeOf<T> type, std::string_view word, std::type_identity_t<T> meaning, std::string_view purpose) {
  return TypeOf<T>(std::make_shared<detail::WordType<T>>(std::move(type), word, std::move(meaning), purpose));
}

}  // namespace gatehouse::settings
