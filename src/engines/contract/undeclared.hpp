// Members that a contract does not declare, taken out of a JSON value: what an object may show is what its schemas name.
#pragma once
#include "engines/contract/contract.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::contract {

/// Containers within containers. Of a text read with json::Limits::depth of one less none is deeper: the limit does not count an empty innermost one.
inline constexpr std::size_t written_depth_max = json::Writer::depth_max - 1;

/// The value as one line of JSON without the members that its shape does not know. Nothing: all of them are known. A shape that takes members without naming them,
/// or of which somebody else than `properties` may name some, keeps all. Numbers and texts stay the same values, spelled as the writer of JSON spells them.
/// Nothing, too, of a value that is deeper than written_depth_max.
[[nodiscard]] std::optional<Stripped> strip(const json::Value& value, ShapeId shape, const Shapes& shapes);

}  // namespace gatehouse::contract
