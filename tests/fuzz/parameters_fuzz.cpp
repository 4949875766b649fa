// Parameters in every style and a form: lines of bytes as path segment, query, header, cookies and body. No bytes fall over, judging twice is judging once, and every violation
// says where it is and what was expected.
#include <cstdint>
#include <string>

#include "engines/contract/contract.hpp"
#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"

namespace {
using namespace gatehouse;

constexpr std::string_view document = R"(
openapi: 3.2.0
info: {title: every style, version: '1'}
components:
  schemas:
    rgb: {type: object, properties: {R: {type: integer}, G: {type: [integer, string]}, l: {type: array, items: {type: number}}}}
    any: {anyOf: [{type: integer}, {type: array, items: {type: [boolean, 'null']}}, {type: object, additionalProperties: {type: string}}]}
paths:
  /a/{simple}/{label}/{matrix}-{rest}:
    post:
      parameters:
      - {name: simple, in: path, required: true, schema: {$ref: '#/components/schemas/any'}}
      - {name: label, in: path, required: true, style: label, explode: true, schema: {$ref: '#/components/schemas/rgb'}}
      - {name: matrix, in: path, required: true, style: matrix, explode: true, schema: {type: array, items: {type: integer}}}
      - {name: rest, in: path, required: true, style: matrix, schema: {$ref: '#/components/schemas/rgb'}}
      - {name: form, in: query, schema: {$ref: '#/components/schemas/any'}}
      - {name: joined, in: query, explode: false, schema: {$ref: '#/components/schemas/any'}}
      - {name: space, in: query, style: spaceDelimited, schema: {type: array, items: {type: integer}}}
      - {name: pipe, in: query, style: pipeDelimited, schema: {$ref: '#/components/schemas/rgb'}}
      - {name: deep, in: query, style: deepObject, explode: true, schema: {$ref: '#/components/schemas/rgb'}}
      - {name: json, in: query, content: {application/json: {schema: {$ref: '#/components/schemas/any'}}}}
      - {name: gathers, in: query, schema: {type: object, additionalProperties: {type: integer}}}
      - {name: x-list, in: header, explode: true, schema: {$ref: '#/components/schemas/any'}}
      - {name: c, in: cookie, schema: {$ref: '#/components/schemas/rgb'}}
      - {name: d, in: cookie, style: cookie, schema: {type: array, items: {type: integer}}}
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {type: object, properties: {f: {$ref: '#/components/schemas/any'}, o: {$ref: '#/components/schemas/rgb'}, p: {type: array}}}
            encoding: {o: {style: deepObject, explode: true}, p: {style: pipeDelimited}}
)";

class One final : public contract::Files {
 public:
  Result<std::string> read(std::string_view) override { return std::string(document); }
};

const contract::Contract& compiled() {
  static const auto contract = [] {
    One files;
    return contract::compile("api.yaml", files);
  }();
  GH_ASSERT(contract.has_value());
  return *contract;
}

std::string judged(const std::vector<std::string_view>& lines) {
  Arena arena;
  http::Headers headers(arena);
  headers.add(http::HeaderId::content_type, "application/x-www-form-urlencoded");
  const auto line = [&](std::size_t number) { return number < lines.size() ? lines[number] : std::string_view{}; };
  headers.add({"x-list", line(2), http::HeaderId::unknown});
  auto segments = text::split(line(0), '/');
  segments.insert(segments.begin(), "a");
  const auto violations = compiled().operations().front().check_request(
      {.segments = segments, .query = line(1), .headers = headers, .cookies = line(3), .body = line(4)}, arena);
  std::string out;
  for (const auto& violation : violations.all()) {
    GH_ASSERT(!violation.where.empty() && !violation.expected.empty() && violation.rule.starts_with("api.yaml#"));
    GH_ASSERT(violation.status == 400 || violation.status == 415 || violation.status == 422);
    out += violation.where + ' ' + violation.expected + '\n';
  }
  return out;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lines = text::split({reinterpret_cast<const char*>(data), size}, '\n');
  GH_ASSERT(judged(lines) == judged(lines));
  return 0;
}
