// One exchange that went well, as whoever saw it tells of it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "ground/base/time.hpp"

namespace gatehouse::inference {

/// What the caller proved itself with.
enum class Proof : std::uint8_t { none, api_key, token };
inline constexpr std::size_t proof_count = 3;

/// The content of a request or an answer.
struct Content {
  enum class Body : std::uint8_t {
    none,    ///< there was none
    whole,   ///< `text` is all of it
    unseen,  ///< there was one, and nothing but its type is known
  };
  Body body = Body::none;
  std::string media;  ///< the field Content-Type as it came; empty: there was none
  std::string text;
};

struct Sighting {
  Instant time{};
  std::string method;  ///< as sent
  std::string path;    ///< text of an http::NormalPath
  std::string query;   ///< text of an http::Query
  Content request;
  std::uint16_t status = 0;
  Content answer;
  std::uint64_t caller = 0;  ///< a keyed hash of who asked: the same for the same caller
  Proof proof = Proof::none;
};

}  // namespace gatehouse::inference
