// The files of a contract, each read once, and the way from a `$ref` to the value that it names. Files are read when something that matters refers to them: what
// only examples and descriptions name is never looked at.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "engines/contract/complaint.hpp"
#include "engines/contract/files.hpp"
#include "ground/base/result.hpp"
#include "ground/json/document.hpp"
#include "ground/yaml/yaml.hpp"

namespace gatehouse::contract {

/// What a contract may take; one thing more is an error that says so.
struct LoadLimits {
  std::size_t files = 20'000;
  std::size_t file_bytes = 32U << 20U;
  std::size_t bytes = 64U << 20U;  ///< of all files
  std::size_t depth = 200;         ///< of values within each other
  std::size_t hops = 64;           ///< from one reference to the next without anything between them
};

/// One file.
class Source {
 public:
  /// JSON or YAML, by its name and, where that says nothing, its first character. The error's `told` is a sentence; `line` where it is.
  [[nodiscard]] static Result<Source> parse(std::string path, std::string text, const LoadLimits& limits, std::uint32_t& line);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] json::Value root() const noexcept;
  /// What root() is from now on; what was handed out before stays good.
  void replace_root(json::Document document) noexcept { replaced_ = std::move(document); }
  /// The line, from 1, of the value at that pointer.
  [[nodiscard]] std::uint32_t line_at(std::string_view pointer) const;
  /// The same for a value of this file, of which the pointer is at hand, and sooner.
  [[nodiscard]] std::uint32_t line_of(const json::Value& value, std::string_view pointer) const;

 private:
  struct Json {
    std::string text;  // kept for the lines of errors
    json::Document document;
    mutable std::vector<std::uint32_t> lines = {};  // of its nodes, from when the first was asked for
  };
  [[nodiscard]] std::uint32_t line_as_written(const json::Value& value) const;
  Source(std::string path, std::variant<Json, yaml::Tree> content) : path_(std::move(path)), content_(std::move(content)) {}
  std::string path_;
  std::variant<Json, yaml::Tree> content_;
  std::optional<json::Document> replaced_;
};

/// A value and where it stands.
struct Node {
  const Source* source;
  json::Value value;
  std::string pointer;

  [[nodiscard]] Node child(std::string_view name, json::Value member) const;
  [[nodiscard]] Node child(std::size_t number, json::Value element) const;
};

class Sources {
 public:
  /// Both must outlive it.
  Sources(Files& files, Complaints& complaints, const LoadLimits& limits = {}) : files_(files), complaints_(complaints), limits_(limits) {}
  Sources(const Sources&) = delete;
  Sources& operator=(const Sources&) = delete;

  /// The root of a file, read if it was not yet. What is wrong is complained of at `because`, or in the file itself.
  [[nodiscard]] const Source* load(std::string_view path, const Node* because = nullptr);

  /// What the reference, the text of a `$ref` within `at`, names. Complains if it leads nowhere.
  [[nodiscard]] std::optional<Node> resolve(const Node& at, std::string_view reference);
  /// `at` itself, or what it refers to in the end, if it is an object with a `$ref`. Complains of a circle.
  [[nodiscard]] std::optional<Node> dereferenced(Node at);

  void complain(const Node& at, std::string what, Gravity gravity = Gravity::error);
  [[nodiscard]] const std::map<std::string, std::unique_ptr<Source>, std::less<>>& all() const noexcept { return sources_; }

 private:
  [[nodiscard]] std::optional<Node> find(const Source& from, std::string_view reference);
  void put_properties_in_place(Source& source);
  const Source* refuse_file(std::string_view path, const Node* because, const std::string& what, std::uint32_t line);

  Files& files_;
  Complaints& complaints_;
  LoadLimits limits_;
  std::size_t bytes_ = 0;
  std::map<std::string, std::unique_ptr<Source>, std::less<>> sources_;  // null: it could not be read, which was said
  std::unordered_map<std::string, std::optional<Node>> resolved_;        // by file and reference
};

}  // namespace gatehouse::contract
