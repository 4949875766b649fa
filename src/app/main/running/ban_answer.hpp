// Who is banned, as an administrator reads it and writes it to lift a ban: an address (or the /64 of IPv6 that one customer holds), the id of an
// API key, or `token:` and 32 hexadecimal digits for the subject of a token, whose name a ban does not keep.
#pragma once
#include <optional>
#include <string>

#include "ground/base/result.hpp"
#include "ground/base/time.hpp"
#include "services/limits/bans.hpp"

namespace gatehouse::main {

[[nodiscard]] std::string suspect_text(const limits::Suspect& suspect);
/// Any address of a /64 names all of it.
[[nodiscard]] std::optional<limits::Suspect> parse_suspect(std::string_view text, const limits::Naming& naming);

/// {"bans":[{"who","kind","until","strikes"}]}, the longest first, at most 1000; with "more":true if there are others.
[[nodiscard]] std::string bans_answer(const limits::Bans& bans, const Clock& clock);
/// {"lifted":WHO}. invalid: names nobody; not_found: is not banned.
[[nodiscard]] Result<std::string> lift_answer(limits::Bans& bans, const limits::Naming& naming, std::string_view who, Ticks now);

}  // namespace gatehouse::main
