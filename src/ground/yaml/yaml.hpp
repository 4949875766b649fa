// YAML 1.2 read as JSON: one document whose values have a JSON form, by the core schema (YAML 1.2.2 chapter 10.3). `yes`, `on`, `012` and dates are
// what they seem: strings, and a number. Names of members are the text that is written: `200:` is "200". What could be read in two ways is refused:
//   - a name twice in one map, a map or list as a name, a tag that is not of the core schema, a second document, `.inf` and `.nan`;
//   - a quotation that never ends, control characters, a %YAML directive for another version than 1.2.
// Anchors and aliases are taken, and an alias counts as what it stands for: a file of a few lines that means gigabytes reaches `Limits::nodes`.
//
// The merge key `<<` is no part of YAML 1.2, where it would be a member of that name. Whoever writes it means the merge of YAML 1.1, and in a contract the
// members that went missing would be rules that went missing. So it is merged, with an alias of a map or a list of such; anything else behind it is refused.
#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/error.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::yaml {

/// What a text may hold; one thing more is Fault::exhausted.
struct Limits {
  std::size_t bytes = 32U << 20U;        ///< of the text
  std::size_t depth = 200;               ///< of maps and lists within each other, those behind aliases included
  std::size_t nodes = 4'000'000;         ///< names and values, aliases written out
  std::size_t string_bytes = 1U << 20U;  ///< of one name or string
};
constexpr std::size_t depth_max = 400;

/// Where reading ended, and why: "the name 'get' stands here for the second time, after line 7". The column counts characters.
struct Slip {
  Fault fault = Fault::invalid;
  std::uint32_t line = 1, column = 1;
  std::string what;
};

/// What a text means, and where each part of it stands.
class Tree {
 public:
  Tree(json::Document document, std::vector<std::uint32_t> lines) : document_(std::move(document)), lines_(std::move(lines)) {}

  [[nodiscard]] const json::Document& document() const noexcept { return document_; }
  [[nodiscard]] json::Value root() const noexcept { return document_.root(); }
  /// The line, from 1, of a value of this document; where an alias brought it, that of the alias.
  [[nodiscard]] std::uint32_t line_of(const json::Value& value) const noexcept;

 private:
  json::Document document_;
  std::vector<std::uint32_t> lines_;  // by node
};

[[nodiscard]] std::expected<Tree, Slip> read(std::string_view text, const Limits& limits = {});

}  // namespace gatehouse::yaml
