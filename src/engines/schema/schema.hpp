// A compiled JSON Schema. Judging runs a flat list of instructions over a value: no schema is walked, and a yes costs no allocation.
//
//     const auto schema = TRY(schema::compile(document.root()));
//     if (!schema.valid(body.root())) report = schema.check(body.root());
//
// Invariant: immutable, and shared by any number of threads. All schemas of one compiler share one program.
#pragma once
#include <cstdint>
#include <memory>

#include "engines/schema/compiler.hpp"
#include "engines/schema/report.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::schema {

/// Which way a message goes. A request may not bring members that are `readOnly`, a response not show those that are `writeOnly`, and neither
/// need have what `required` names among them (OpenAPI 3.0.4 section 4.7.24). `any` looks at neither word.
enum class Direction : std::uint8_t { any, request, response };

struct CheckLimits {
  std::size_t violations = 64;      ///< recorded; of more only that there are
  std::uint64_t steps = 5'000'000;  ///< schemas applied to values; one more: undecided
  std::uint32_t depth = 2'000;      ///< of schemas within schemas and values within values; one more: undecided
};

class Schema {
 public:
  Schema(std::shared_ptr<const Program> program, Entry entry) noexcept : program_(std::move(program)), entry_(entry) {}

  struct Judgement {
    Verdict verdict;
    std::uint64_t steps_left;
  };
  /// The verdict alone, ended at the first violation, and what it left of the limit of steps.
  [[nodiscard]] Judgement judge(json::Value instance, Direction direction = Direction::any, const CheckLimits& limits = {}) const;

  /// The flag of the standard: yes or no, ended at the first violation. What no limit allows to decide is a no.
  [[nodiscard]] bool valid(json::Value instance, Direction direction = Direction::any, const CheckLimits& limits = {}) const;

  /// Every violation up to the limit, each with its place in the instance and in the schema.
  [[nodiscard]] Report check(json::Value instance, Direction direction = Direction::any, const CheckLimits& limits = {}) const;

 private:
  friend class HarmlessFinder;
  std::shared_ptr<const Program> program_;
  Entry entry_;
};

/// One schema by itself. `url` is what its references are relative to, unless it has an `$id`.
[[nodiscard]] Result<Schema> compile(json::Value root, const Options& options = {}, const Documents& documents = {}, std::string_view url = "");

}  // namespace gatehouse::schema
