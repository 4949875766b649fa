#include "engines/contract/reference.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "engines/contract/json_pointer.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::contract {

namespace {
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = text::hex_value(text[i + 1]), low = text::hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}
}  // namespace

bool is_url(std::string_view text) noexcept {
  if (text.starts_with("//")) return true;
  const auto colon = text.find(':');
  if (colon == text.npos || colon == 0 || !text::is_alpha(text.front())) return false;
  return std::ranges::all_of(text.substr(0, colon), [](char c) { return text::is_alnum(c) || c == '+' || c == '-' || c == '.'; });
}

Result<std::string> normal_file(std::string_view path) {
  if (path.starts_with('/')) return refuse(Fault::forbidden, "names an absolute path; only files in the folder of the contract are read");
  if (path.find_first_of(std::string_view("\\\0", 2)) != path.npos) return refuse(Fault::forbidden, "names a file with a backslash or a NUL");
  std::vector<std::string> parts;
  for (const auto part : text::split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.emplace_back(part);
      continue;
    }
    if (parts.empty()) return refuse(Fault::forbidden, "names a file outside the folder of the contract");
    parts.pop_back();
  }
  if (parts.empty()) return refuse(Fault::invalid, "names no file");
  return text::join(parts, "/");
}

Result<Reference> parse_reference(std::string_view text, std::string_view from) {
  const auto hash = text.find('#');
  const auto file_text = text.substr(0, hash);
  if (is_url(file_text)) return refuse(Fault::forbidden, "names a URL; only files in the folder of the contract are read, never the network");
  const auto fragment = percent_decoded(hash == text.npos ? std::string_view{} : text.substr(hash + 1));
  const auto file = percent_decoded(file_text);
  if (!fragment || !file) return refuse(Fault::invalid, "holds a percent sign without two hexadecimal digits");
  if (!pointer_tokens(*fragment)) return refuse(Fault::invalid, "has a fragment that is no JSON Pointer");
  if (file->empty()) return Reference{std::string(from), *fragment};
  const auto folder_end = from.rfind('/');
  const auto folder = folder_end == from.npos ? std::string_view{} : from.substr(0, folder_end + 1);
  auto normal = TRY(normal_file(file->starts_with('/') ? *file : std::string(folder) + *file));
  return Reference{std::move(normal), *fragment};
}

std::string url_of_file(std::string_view file) {
  // A question mark would begin a query and a number sign a fragment.
  std::string out = "file:///";
  for (const char c : as_fragment(file)) out += c == '?' ? "%3F" : std::string(1, c);
  return out;
}

}  // namespace gatehouse::contract
