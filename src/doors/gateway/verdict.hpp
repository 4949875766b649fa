// What a stage decided. A default-made verdict and one made from an Error refuse, so a stage that cannot decide fails closed.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ground/async/loop.hpp"
#include "ground/base/result.hpp"
#include "ground/base/time.hpp"
#include "ground/http/problem.hpp"

namespace gatehouse::gateway {

class Exchange;
class Verdict;

/// An answer that the gate gives itself.
struct Answer {
  http::Status status = 200;
  std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case, no framing
  std::string body;
};

/// Work for the pool. It runs off the loop on data of its own, never on the Exchange, and returns what is to be done with
/// its result back on the loop thread: a Verdict again.
/// A pointer, never null: the library's wrapper asks for the size of what a reference refers to, which is not known here.
using Resume = std::move_only_function<Verdict(Exchange*)>;
using Work = std::move_only_function<Resume()>;
/// Where work is put that waits for something else than a thread of the pool: it runs the task later, on any thread. False: no room.
using Queue = std::move_only_function<bool(async::Task)>;

class [[nodiscard]] Verdict {
 public:
  struct Pass {};
  struct Refuse {
    http::Problem problem;
  };
  struct Wait {
    Work work;
    Queue queue;         ///< empty: the pool's
    bool reads = false;  ///< the work reads the exchange's memory
  };
  /// The stage has passed, and the request goes on after that time.
  struct Later {
    Duration after;
  };
  /// The stage is asked again when the whole body is there: Exchange::body(), on the way back Exchange::answer_body().
  struct Body {
    std::uint64_t bytes_max;
  };

  Verdict() = default;          // refuses: ProblemKind::internal
  Verdict(const Error& error);  // NOLINT(google-explicit-constructor): an error inside a stage is a refusal without another word
  [[nodiscard]] static Verdict pass() { return Verdict(Pass{}); }
  [[nodiscard]] static Verdict refuse(http::Problem problem) { return Verdict(Refuse{std::move(problem)}); }
  [[nodiscard]] static Verdict answer(Answer answer) { return Verdict(std::move(answer)); }
  [[nodiscard]] static Verdict wait(Work work, Queue queue = {}) { return Verdict(Wait{std::move(work), std::move(queue)}); }
  /// As wait(), for work that reads the texts of the request and of its answer, or a body that is held, where they are: they stay, unchanged, until it has
  /// come back, even if the client leaves. What it holds of the snapshot it keeps itself.
  [[nodiscard]] static Verdict wait_reading(Work work) { return Verdict(Wait{std::move(work), {}, true}); }
  [[nodiscard]] static Verdict later(Duration after) { return Verdict(Later{after}); }
  /// `bytes_max`: of an answer no more is held; the stage is asked again with Exchange::answer_too_large(). What a request may have its route says.
  [[nodiscard]] static Verdict body(std::uint64_t bytes_max = ~std::uint64_t{0}) { return Verdict(Body{bytes_max}); }

  [[nodiscard]] bool passed() const noexcept { return std::holds_alternative<Pass>(what_); }
  [[nodiscard]] auto& what() noexcept { return what_; }

 private:
  template <class What>
  explicit Verdict(What what) : what_(std::move(what)) {}
  std::variant<Refuse, Pass, Answer, Wait, Later, Body> what_;
};

}  // namespace gatehouse::gateway
