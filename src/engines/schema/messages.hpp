// What an instruction expects, in words for who sent the value. Nothing of the value itself is repeated.
#pragma once
#include <string>
#include <string_view>

#include "engines/schema/program.hpp"

namespace gatehouse::schema::messages {

[[nodiscard]] std::string type(const Instruction& at);
[[nodiscard]] std::string choice(const Program& program, const Choice& choice);
/// "must be at least 5", of a number of the schema.
[[nodiscard]] std::string bound(const Program& program, std::string_view relation, std::uint32_t literal);
[[nodiscard]] std::string pattern(const Pattern& pattern);
/// "must have at least 2 members"
[[nodiscard]] std::string count(std::string_view relation, std::uint64_t number, std::string_view singular, std::string_view plural);
/// "must be one of "cat", "dog""
[[nodiscard]] std::string names(const Program& program, const Discriminator& discriminator);
[[nodiscard]] std::string quoted(std::string_view name);

}  // namespace gatehouse::schema::messages
