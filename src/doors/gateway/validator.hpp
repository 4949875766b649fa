// What the contract of an API says of one operation, as the validate stage asks it. The gate knows no contract's form: who loads one hands this in.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/redaction/field_editor.hpp"
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
    bool undecided = false;         ///< judging took too long: with more time something else may come of it
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

  /// Which values of one request the contract proves harmless: they can carry no injection, whatever their sender wants. Looking one up takes nothing from the heap.
  class Harmless {
   public:
    virtual ~Harmless() = default;
    /// The text of the parameter as a whole, decoded; a name of a header in lower case.
    [[nodiscard]] virtual bool parameter(http::Violation::In in, std::string_view name) const noexcept = 0;
    /// The value in the body to which a JSON Pointer leads, unless it is an array or an object: of what is in it pointers of its own tell.
    [[nodiscard]] virtual bool body(std::string_view pointer) const noexcept = 0;
  };

  /// What of an answer is not for everybody.
  struct Marked {
    const redaction::FieldRules* rules;
    redaction::PlaceId root;
    redaction::FieldEditor::Values values;
    bool readable;  ///< false: of such an answer nobody can take anything out
  };

  virtual ~Validator() = default;
  /// Whether the body must be there, whole, before check_request() can say anything.
  [[nodiscard]] virtual bool reads_body(const http::Request& request) const noexcept = 0;
  /// Pure. `body`: of a request whose body is read; else nothing. `memory` is that of the request, or of the thread that asks.
  [[nodiscard]] virtual Findings check_request(const http::Request& request, std::optional<std::string_view> body, Arena& memory) const = 0;

  /// As check_request(), but gives up (Findings::undecided) after about a millisecond: a loop thread has no more for one request.
  [[nodiscard]] virtual Findings try_request(const http::Request& request, std::optional<std::string_view> body, Arena& memory) const {
    return check_request(request, body, memory);
  }
  /// Holds for a request in which check_request() found nothing wrong, and for no other: in shadow mode there may be any. The validator must outlive it. Null: nothing is proven.
  [[nodiscard]] virtual std::unique_ptr<Harmless> harmless(const http::Request& /*request*/) const { return nullptr; }

  /// Whether the contract names that status by its number, so that there is something to hold an answer to.
  [[nodiscard]] virtual bool describes(http::Status status) const noexcept = 0;
  /// Whether the body must be there, whole, before check_answer() can say all that there is to say. `answer.body` is nothing.
  [[nodiscard]] virtual bool reads_answer(const SeenAnswer& answer) const = 0;
  /// Pure.
  [[nodiscard]] virtual Findings check_answer(const SeenAnswer& answer, Arena& memory) const = 0;
  /// To check_answer() what try_request() is to check_request().
  [[nodiscard]] virtual Findings try_answer(const SeenAnswer& answer, Arena& memory) const { return check_answer(answer, memory); }
  /// Pure. Nothing: there is nothing to take out, or nobody can say what.
  [[nodiscard]] virtual std::optional<Stripped> stripped(const SeenAnswer& answer) const = 0;

  /// Whether any answer may hold what is not for everybody.
  [[nodiscard]] virtual bool marks() const noexcept { return false; }
  /// What of that an answer with such a head may hold; each of them is to be held to. The rules live as long as the validator.
  [[nodiscard]] virtual std::vector<Marked> marked(http::Status, const http::Headers&) const { return {}; }
};

}  // namespace gatehouse::gateway
