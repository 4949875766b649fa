#include "ground/xml/namespaces.hpp"

#include <algorithm>
#include <ranges>

#include "ground/base/text.hpp"

namespace gatehouse::xml {

namespace namespaces {
namespace {
constexpr std::string_view xml_name = "http://www.w3.org/XML/1998/namespace", xmlns_name = "http://www.w3.org/2000/xmlns/";
constexpr std::uint32_t xml_number = 1;

/// Characters that may stand in a name and not at its beginning (XML section 2.3, NameChar without NameStartChar).
bool may_begin(std::string_view local) noexcept {
  const char first = local.front();
  if (text::is_digit(first) || first == '-' || first == '.') return false;
  if (local.starts_with("\xC2\xB7")) return false;                                                        // U+00B7
  if (first == '\xCC') return false;                                                                      // U+0300 to U+033F
  if (first == '\xCD' && local.size() > 1 && static_cast<unsigned char>(local[1]) <= 0xAF) return false;  // to U+036F
  return !local.starts_with("\xE2\x80\xBF") && !local.starts_with("\xE2\x81\x80");                        // U+203F, U+2040
}
}  // namespace
}  // namespace namespaces

std::optional<QualifiedName> qualified(std::string_view name) noexcept {
  const auto colon = name.find(':');
  if (colon == name.npos) return QualifiedName{{}, name};
  const QualifiedName out{name.substr(0, colon), name.substr(colon + 1)};
  if (out.prefix.empty() || out.local.empty() || out.local.contains(':') || !namespaces::may_begin(out.local)) return std::nullopt;
  return out;
}

Namespaces::Namespaces(std::vector<std::string>& names, std::size_t declared_max, std::size_t bytes_max)
    : names_(names), declared_max_(declared_max), bytes_max_(bytes_max) {
  names_ = {std::string(), std::string(namespaces::xml_name)};
}

std::string_view Namespaces::declare(std::string_view prefix, std::string_view name) {
  if (name.size() > bytes_max_) return "must have shorter names of namespaces";
  // Section 3: what is reserved is neither bound anew nor bound to another prefix, and a prefix cannot be taken back.
  if (prefix == "xmlns" || name == namespaces::xmlns_name || (prefix == "xml") != (name == namespaces::xml_name))
    return "must not declare what is reserved to XML";
  if (!prefix.empty() && name.empty()) return "must not declare a prefix for no namespace";
  if (bindings_.size() >= declared_max_) return "must declare fewer namespaces";
  const auto known = std::ranges::find_if(bindings_, [&](const Binding& one) { return names_[one.space] == name; });
  std::uint32_t space = none;
  if (name == namespaces::xml_name) space = namespaces::xml_number;
  else if (known != bindings_.end()) space = known->space;
  else if (!name.empty()) {
    space = static_cast<std::uint32_t>(names_.size());
    names_.emplace_back(name);
  }
  bindings_.push_back({std::string(prefix), space});
  return {};
}

std::optional<std::uint32_t> Namespaces::find(std::string_view prefix) const noexcept {
  for (const auto& binding : std::views::reverse(bindings_))
    if (binding.prefix == prefix) return binding.space;
  if (prefix.empty()) return none;
  if (prefix == "xml") return namespaces::xml_number;
  return std::nullopt;
}

}  // namespace gatehouse::xml
