#include "app/main/admin/asked.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "services/keys/leak.hpp"

namespace gatehouse::main {

Result<> take_only(const json::Value& arguments, std::initializer_list<std::string_view> names) {
  for (const auto [name, value] : arguments.members()) {
    if (std::ranges::find(names, name) == names.end()) return refuse(Fault::invalid, fmt::format("unknown argument '{}'", name));
  }
  return {};
}

Error wrong(std::string_view name, std::string_view wanted) { return refuse(Fault::invalid, fmt::format("argument '{}' must be {}", name, wanted)); }

Result<std::string> required_text(const json::Value& arguments, std::string_view name) {
  const auto text = arguments.string(name);
  if (!text) return wrong(name, "a text");
  return std::string(*text);
}

Result<keys::KeyId> key_named(std::string_view given) {
  if (const auto id = keys::KeyId::parse(given)) return *id;
  if (const auto key = keys::parse_key(given)) return key->id;
  if (const auto key = keys::find_key(given))
    return refuse(
        Fault::invalid,
        fmt::format("this is no whole API key: it is cut, mistyped, or has something beside it. The id in it is {0}; if that is the one which is "
                    "meant (gatehouse keys show {0}), name it by that",
                    key->id.text()));
  return refuse(Fault::invalid, "this is no id of a key: 12 letters and digits, as `gatehouse keys list` shows them");
}

Result<http::AddressBlock> read_block(std::string_view text) {
  if (const auto block = http::AddressBlock::parse(text)) return *block;
  if (text.contains('/') && http::Address::parse(text.substr(0, text.find('/'))))
    return refuse(Fault::invalid, fmt::format("'{}' is no block: bits after its prefix are set, or the prefix is too large", text));
  return refuse(Fault::invalid, fmt::format("'{}' is no address and no block of addresses such as 192.0.2.0/24", text));
}

}  // namespace gatehouse::main
