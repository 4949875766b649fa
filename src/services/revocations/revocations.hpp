// The keeper of revocations: makes and lifts them, durably, and publishes the list that the request path reads. A revocation holds in memory before
// anything can fail and is acknowledged when it is in the store; lifting one goes the other way. Calls block: never on a loop thread.
#pragma once
#include <memory>

#include "engines/store/store.hpp"
#include "ground/base/published.hpp"
#include "services/revocations/revocation_list.hpp"

namespace gatehouse::revocations {

class Revocations {
 public:
  /// Brings the table up to date and loads the list. `store`, `clock` and `random` outlive the result.
  [[nodiscard]] static Result<std::unique_ptr<Revocations>> open(store::Store& store, const Clock& clock, Random& random);
  ~Revocations();

  /// What the request path reads; holds every change that was acknowledged.
  [[nodiscard]] const Published<RevocationList>& list() const noexcept;

  /// Never weakens: where the same tokens are revoked already, the later of both times holds, under the id there is. `invalid`: see check();
  /// `exhausted`: there are entries_max already. With any other error it holds all the same, but was not written down, so that it would be
  /// gone after the next start: ask again.
  [[nodiscard]] Result<Record> revoke(const Revocation& wanted);
  /// The tokens are taken again, as far as nothing else refuses them. `not_found`: there is none of that id, or it has lapsed.
  [[nodiscard]] Result<Record> restore(const RevocationId& id);

 private:
  class State;
  explicit Revocations(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::revocations
