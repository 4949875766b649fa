// The arguments of an operation, read one by one.
#pragma once
#include <initializer_list>
#include <string>

#include "ground/base/result.hpp"
#include "ground/http/address.hpp"
#include "ground/json/document.hpp"
#include "services/keys/key_format.hpp"

namespace gatehouse::main {

/// A member that nobody reads would be a wish that nobody fulfils: `invalid` for any but these.
[[nodiscard]] Result<> take_only(const json::Value& arguments, std::initializer_list<std::string_view> names);
/// `invalid`: what the argument must be.
[[nodiscard]] Error wrong(std::string_view name, std::string_view wanted);
[[nodiscard]] Result<std::string> required_text(const json::Value& arguments, std::string_view name);
/// The key that is meant by its id, or by a whole key of our own form, which has the id in it: all that there is of one that has leaked. `invalid`
/// for anything else, which is never repeated: it may be a secret.
[[nodiscard]] Result<keys::KeyId> key_named(std::string_view given);
/// An address or a block of them; `invalid` says which of the two ways it is wrong.
[[nodiscard]] Result<http::AddressBlock> read_block(std::string_view text);

}  // namespace gatehouse::main
