// Any bytes as an OpenAPI document, in YAML or JSON: it compiles or is refused with a place to show, in bounded time; compiling it again comes to the same; and
// what compiled judges a request without falling over.
#include <algorithm>
#include <cstdint>
#include <string>

#include "engines/contract/contract.hpp"
#include "ground/base/assert.hpp"

namespace {
using namespace gatehouse;

/// The document refers to itself by its name, and to a second file.
class Given final : public contract::Files {
 public:
  explicit Given(std::string_view text) : text_(text) {}
  Result<std::string> read(std::string_view path) override {
    if (path == "api") return std::string(text_);
    if (path == "more.yaml")
      return std::string(
          "p: {$ref: 'api#/p'}\nq: {name: q, in: query, schema: {type: integer}}\ns: {properties: {$ref: '#/t'}}\nt: {a: {$ref: api}}\n");
    return fail(Fault::not_found, "no such file");
  }

 private:
  std::string_view text_;
};

std::string told(const contract::Complaints& complaints) {
  std::string out;
  for (const auto& complaint : complaints.all()) {
    GH_ASSERT(complaint.line >= 1 && !complaint.what.empty());
    out += to_text(complaint) + '\n';
  }
  return out;
}

void judge(const contract::OperationRules& operation) {
  Arena arena;
  http::Headers headers(arena);
  headers.add(http::HeaderId::content_type, "application/json");
  headers.add({"x", "1,2", http::HeaderId::unknown});
  const std::vector<std::string_view> segments{"a", "1,2"};
  for (const auto* body : {"", "{}", R"([1,"x"])"})
    (void)operation.check_request({.segments = segments, .query = "a=1&q=x&f[a]=1&f[b][]=2", .headers = headers, .cookies = "a=1", .body = body},
                                  arena);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Given files({reinterpret_cast<const char*>(data), size});
  contract::CompileOptions options;
  options.load.file_bytes = 1U << 18U;
  options.schemas.instructions = 100'000;
  const auto once = contract::compile("api", files, options);
  const auto twice = contract::compile("api", files, options);
  GH_ASSERT(once.has_value() == twice.has_value());
  if (!once) {
    GH_ASSERT(once.error().has_errors() && !once.error().all().empty());
    GH_ASSERT(told(once.error()) == told(twice.error()));
    return 0;
  }
  GH_ASSERT(told(once->warnings()) == told(twice->warnings()));
  GH_ASSERT(once->operations().size() == twice->operations().size());
  constexpr std::size_t judged_max = 50;
  for (std::size_t i = 0; i < std::min(once->operations().size(), judged_max); ++i) judge(once->operations()[i]);
  return 0;
}
