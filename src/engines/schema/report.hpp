// What came of judging one instance, in words for who sent it, and the standard's output formats (2020-12 core, section 12.4).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ground/json/document.hpp"

namespace gatehouse::schema {

/// `undecided`: a limit was reached before the verdict. It counts as a no.
enum class Verdict : std::uint8_t { valid, invalid, undecided };

/// One thing that is wrong with an instance.
struct Violation {
  static constexpr std::uint32_t none = 0xFFFFFFFF;

  std::string instance;  ///< JSON Pointer of the value that is wrong ("" is the whole); of a missing member, that of its object; cut at 2,000 bytes
  std::string keyword;   ///< the word of the schema that is not kept, e.g. "minLength"
  std::string keyword_location;   ///< JSON Pointer from the schema asked, through references
  std::string absolute_location;  ///< URL of the schema resource with the JSON Pointer in it as its fragment, percent-encoded
  std::string message;            ///< what was expected, for a caller; never the value that came
  std::uint32_t parent = none;    ///< the violation that this one is a reason for: an `anyOf` none of whose alternatives fits
};

/// A remark of the schema on a value that keeps it: "title", "readOnly", "format" and the like.
struct Annotation {
  std::string instance;
  std::string keyword;
  std::string keyword_location;
  std::string absolute_location;
  json::Value value;  ///< lives as long as the compiled schema
};

struct Report {
  Verdict verdict = Verdict::undecided;
  std::vector<Violation> violations;    ///< empty if and only if valid; at most as many as asked for
  std::vector<Annotation> annotations;  ///< only if asked for at compile time, and only of a valid instance
  bool cut = false;                     ///< there were more violations

  [[nodiscard]] bool valid() const noexcept { return verdict == Verdict::valid; }
};

enum class Output : std::uint8_t { flag, basic, detailed };

/// One line of JSON.
[[nodiscard]] std::string to_json(const Report& report, Output format);

}  // namespace gatehouse::schema
