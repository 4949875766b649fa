// How the command line and a running server talk over the Unix socket: one line of JSON there, one line back, then the end.
//
//   > {"do":"keys.revoke","arguments":{"id":"Zk3JvQ0aT9xB"}}
//   < {"answer":{"id":"Zk3JvQ0aT9xB","state":"revoked"}}        or   {"error":{"fault":"not_found","told":"...","detail":"..."}}
//
// An answer may take longer than anybody waits for a silent socket: spaces before it say that it is being worked on. They are no part of it (RFC 8259 section 2).
//
// The socket has mode 0600, so the peer is the server's own user or root, unless `admin.socket_group` names a group that may reach it (0660). A peer
// that is somebody else must carry the admin credential in the request: "credential":"gha_...".
#pragma once
#include <chrono>
#include <string>

#include "ground/base/result.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::main {

/// Of an answer, and of a line of somebody who must show the credential yet.
inline constexpr std::size_t admin_bytes_max = 16U << 20U;
/// Of a line of the server's own user or root: an import of 300,000 keys with names and scopes fits.
inline constexpr std::size_t admin_request_bytes_max = 64U << 20U;
inline constexpr json::Limits admin_limits{.bytes = admin_bytes_max, .depth = 16, .members = 200'000, .string_bytes = admin_bytes_max};
inline constexpr json::Limits admin_request_limits{
    .bytes = admin_request_bytes_max, .depth = 16, .members = 200'000, .string_bytes = admin_request_bytes_max};
inline constexpr std::chrono::seconds admin_patience{
    30};  ///< for each side to send or take its line, and for a sign of life of who works on an answer
inline constexpr std::chrono::seconds admin_reassurance{5};       ///< between two such signs
inline constexpr std::chrono::minutes admin_answer_time_max{30};  ///< then the server is given up, whatever its signs

/// An answer line (without its end) made of the outcome of an operation: the JSON of the answer, or the error.
[[nodiscard]] std::string answer_line(const Result<std::string>& outcome);
/// The reverse: the JSON of the answer, or the error that the server reported.
[[nodiscard]] Result<std::string> read_answer(std::string_view line);

/// One line from a socket, without its end and the spaces before it. exhausted: longer than `bytes_max`; unavailable: the peer stopped, said nothing for
/// `patience`, or took longer than admin_answer_time_max.
[[nodiscard]] Result<std::string> receive_line(int socket, std::size_t bytes_max, std::chrono::milliseconds patience = admin_patience);
/// The text and a new line.
[[nodiscard]] Result<> send_line(int socket, std::string text);

}  // namespace gatehouse::main
