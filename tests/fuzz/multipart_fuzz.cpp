// multipart/form-data: the first line is the boundary, the rest the body. What is read, written again in the plainest form, must read as the same parts.
#include <algorithm>
#include <cstdint>
#include <string>

#include "engines/contract/multipart.hpp"
#include "ground/base/assert.hpp"

namespace {
using namespace gatehouse;

std::string written(const std::vector<contract::Part>& parts, std::string_view boundary) {
  std::string out;
  for (const auto& part : parts) {
    out += "--" + std::string(boundary) + "\r\nContent-Disposition: form-data; name=\"" + std::string(part.name) + '"';
    if (part.filename) out += "; filename=\"" + std::string(*part.filename) + '"';
    if (part.type) out += "\r\nContent-Type: " + part.type->type + '/' + part.type->subtype;
    out += "\r\n\r\n" + std::string(part.content) + "\r\n";
  }
  return out + "--" + std::string(boundary) + "--\r\n";
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto boundary = text.substr(0, text.find('\n'));
  const auto parts = contract::parse_multipart(text.substr(std::min(boundary.size() + 1, text.size())), boundary);
  if (!parts) {
    GH_ASSERT(parts.error().starts_with("must "));
    return 0;
  }
  const auto plain = written(*parts, boundary);
  const auto again = contract::parse_multipart(plain, boundary);
  GH_ASSERT(again.has_value() && again->size() == parts->size());
  for (std::size_t i = 0; i < parts->size(); ++i) {
    const auto &a = (*parts)[i], &b = (*again)[i];
    GH_ASSERT(a.name == b.name && a.filename == b.filename && a.content == b.content && a.type.has_value() == b.type.has_value());
  }
  return 0;
}
