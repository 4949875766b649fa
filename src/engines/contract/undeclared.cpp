#include "engines/contract/undeclared.hpp"

#include <string>
#include <vector>

#include "engines/contract/json_pointer.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::contract {

namespace {
class Stripper {
  /// Into a member or an element.
  struct Step {
    std::string_view name;
    std::optional<std::size_t> number;
  };

 public:
  explicit Stripper(const Shapes& shapes) : shapes_(shapes), writer_(out_.body) {}

  std::optional<Stripped> run(const json::Value& value, ShapeId shape) {
    write(value, shape);
    if (out_.members == 0 || too_deep_) return std::nullopt;
    return std::move(out_);
  }

 private:
  void write(const json::Value& value, ShapeId id) {
    if (path_.size() >= written_depth_max && (value.is_array() || value.is_object())) {
      too_deep_ = true;
      writer_.value(nullptr);
    } else if (value.is_array()) {
      const auto items = shapes_[id].items;
      writer_.begin_array();
      std::size_t number = 0;
      for (const auto& element : value.elements()) {
        path_.push_back({.name = {}, .number = number++});
        write(element, items);
        path_.pop_back();
      }
      writer_.end();
    } else if (value.is_object()) {
      write_object(value, id);
    } else if (const auto digits = value.digits()) {
      write_digits(*digits);
    } else {
      writer_.value(value);
    }
  }

  /// As they came: a double would round them. An "e0" is not the sender's (json::Value::digits).
  void write_digits(std::string_view digits) {
    if (digits.ends_with("e0") && !digits.contains('.')) digits.remove_suffix(2);
    writer_.raw(digits);
  }

  void write_object(const json::Value& value, ShapeId id) {
    const auto& shape = shapes_[id];
    const bool keeps_all = id == any_shape || shape.gathers || shape.partial;
    writer_.begin_object();
    for (const auto& [name, member] : value.members()) {
      const auto known = shape.member(name);
      path_.push_back({.name = name, .number = {}});
      if (known || keeps_all) writer_.key(name), write(member, known.value_or(shape.others));
      else take_out();
      path_.pop_back();
    }
    writer_.end();
  }

  void take_out() {
    if (out_.members++ > 0) return;
    for (const auto& step : path_) append_token(out_.first, step.number ? std::to_string(*step.number) : std::string(step.name));
  }

  const Shapes& shapes_;
  Stripped out_;
  json::Writer writer_;
  bool too_deep_ = false;
  std::vector<Step> path_;  // to the value that is being written
};
}  // namespace

std::optional<Stripped> strip(const json::Value& value, ShapeId shape, const Shapes& shapes) { return Stripper(shapes).run(value, shape); }

}  // namespace gatehouse::contract
