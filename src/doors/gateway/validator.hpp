// What the contract of an API says of one operation, as the validate stage asks it. The gate knows no contract's form: who loads one hands this in.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/http/problem.hpp"
#include "ground/http/request.hpp"

namespace gatehouse::gateway {

class Validator {
 public:
  /// What a message does not keep of the contract.
  struct Findings {
    http::ProblemKind kind = http::ProblemKind::internal;  ///< of the refusal: a default-made one is no word of the contract
    std::vector<http::Violation> violations;               ///< in the order of the message, bounded
    std::string_view codings = {};  ///< that would be taken, where the coding of the body is what is wrong (RFC 9110 section 15.5.16)
    bool more = false;              ///< there are others, which are not listed
    [[nodiscard]] bool empty() const noexcept { return violations.empty(); }
  };

  /// The answer to `request`.
  struct SeenAnswer {
    const http::Request& request;
    http::Status status;
    const http::Headers& headers;
    bool has_body;                         ///< one follows the head, or may follow
    std::optional<std::string_view> body;  ///< whole; nothing: it is not held, and of what is there only the head is judged
  };
  /// A body without what the contract does not declare.
  struct Stripped {
    std::string body;
    std::size_t members = 0;  ///< taken out
    std::string first;        ///< where the first of them was, a JSON Pointer
  };

  virtual ~Validator() = default;
  /// Whether the body must be there, whole, before check_request() can say anything.
  [[nodiscard]] virtual bool reads_body(const http::Request& request) const noexcept = 0;
  /// Pure. `body`: of a request whose body is read; else nothing. `memory` is that of the request, or of the thread that asks.
  [[nodiscard]] virtual Findings check_request(const http::Request& request, std::optional<std::string_view> body, Arena& memory) const = 0;

  /// Whether the contract names that status by its number, so that there is something to hold an answer to.
  [[nodiscard]] virtual bool describes(http::Status status) const noexcept = 0;
  /// Whether the body must be there, whole, before check_answer() can say all that there is to say. `answer.body` is nothing.
  [[nodiscard]] virtual bool reads_answer(const SeenAnswer& answer) const = 0;
  /// Pure.
  [[nodiscard]] virtual Findings check_answer(const SeenAnswer& answer, Arena& memory) const = 0;
  /// Pure. Nothing: there is nothing to take out, or nobody can say what.
  [[nodiscard]] virtual std::optional<Stripped> stripped(const SeenAnswer& answer) const = 0;
};

}  // namespace gatehouse::gateway
