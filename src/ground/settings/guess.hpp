// What somebody probably meant who wrote a value in a form that is not taken here: as other programs write it, or as people say it. Each function gives
// candidates, the likeliest first; whoever offers one has found that it would be taken.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::settings {

using Guesses = std::vector<std::string>;

/// "30 seconds", "2 min", "1.5s", "1w"; a number alone, of thousands as milliseconds.
[[nodiscard]] Guesses guess_duration(std::string_view text);
/// "10MB", "10 m", "64k"; a number alone, of thousands as bytes.
[[nodiscard]] Guesses guess_byte_size(std::string_view text);
/// Where even the largest value is small, and a number alone is meant in bytes.
[[nodiscard]] Guesses guess_small_byte_size(std::string_view text);
/// "10 per second", "10r/s", "600 rpm", "10/min"; a number alone.
[[nodiscard]] Guesses guess_rate(std::string_view text);
/// "8443", ":8443", "*:8443", "localhost:8443", "https://127.0.0.1:8443/", "::1:8443".
[[nodiscard]] Guesses guess_endpoint(std::string_view text);
/// "10.0.0.1/8".
[[nodiscard]] Guesses guess_address_block(std::string_view text);
/// "https://api.example.org:8443/path".
[[nodiscard]] Guesses guess_host(std::string_view text);
/// "127.0.0.1:3000", "api.example.org", "http://127.0.0.1:3000/api".
[[nodiscard]] Guesses guess_url(std::string_view text);

}  // namespace gatehouse::settings
