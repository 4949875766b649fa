#include "services/keys/leak.hpp"

#include <algorithm>

#include "ground/base/text.hpp"

namespace gatehouse::keys {

namespace {
constexpr std::size_t head_size = 22;  // ghk_live_<id>_
constexpr std::size_t part_min = 16;   // characters of the secret that make a beginning worth telling
}  // namespace

std::optional<FoundKey> find_key(std::string_view text, std::size_t from) noexcept {
  for (auto at = text.find(key_prefix, from); at != text.npos; at = text.find(key_prefix, at + 1)) {
    const auto here = text.substr(at);
    if (here.size() < head_size + part_min || here[8] != '_' || here[head_size - 1] != '_') continue;
    const auto id = KeyId::parse(here.substr(9, 12));
    if (!id || !parse_environment(here.substr(4, 4))) continue;
    const auto tail = here.substr(head_size, key_size - head_size);
    const auto end = std::ranges::find_if_not(tail, text::is_alnum);
    const auto size = head_size + static_cast<std::size_t>(end - tail.begin());
    if (size < head_size + part_min) continue;
    return FoundKey{at, size, *id, parse_key(here.substr(0, size)).has_value()};
  }
  return std::nullopt;
}

}  // namespace gatehouse::keys
