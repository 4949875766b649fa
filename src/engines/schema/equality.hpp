// When two JSON values are one value (2020-12 core, section 4.2.2): numbers by what they are worth, objects whatever the order of their
// members. Hashes agree with that and are keyed, so that who sends values cannot choose where they collide.
#pragma once
#include <cstdint>

#include "ground/base/siphash.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::schema {

[[nodiscard]] bool equal(json::Value a, json::Value b);
[[nodiscard]] std::uint64_t hash_of(json::Value value, const siphash::Seed& seed);

}  // namespace gatehouse::schema
