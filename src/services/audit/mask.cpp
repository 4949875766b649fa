#include "services/audit/mask.hpp"

#include "ground/base/text.hpp"

namespace gatehouse::audit {

std::size_t credential_length(std::string_view text) noexcept {
  constexpr std::size_t key_rest_min = 8, token_min = 16;
  if (text.starts_with("ghk_")) {
    std::size_t end = 4;
    while (end < text.size() && (text::is_alnum(text[end]) || text[end] == '_')) ++end;
    return end - 4 >= key_rest_min ? end : 0;
  }
  if (text.starts_with("eyJ")) {
    std::size_t end = 3;
    while (end < text.size() && (text::is_alnum(text[end]) || text[end] == '_' || text[end] == '-' || text[end] == '.')) ++end;
    return end >= token_min ? end : 0;
  }
  return 0;
}

std::string_view mask_of(std::string_view credential) noexcept { return credential.starts_with('g') ? "ghk_***" : "eyJ***"; }

}  // namespace gatehouse::audit
