// What the gate uses of the services, made by app and alive as long as the server. All of it is shared by the loop threads.
#pragma once
#include "engines/net/buffered.hpp"
#include "ground/async/pool.hpp"
#include "ground/base/published.hpp"
#include "ground/base/random.hpp"
#include "ground/base/time.hpp"
#include "services/keys/key_ring.hpp"
#include "services/keys/meter.hpp"
#include "services/limits/bans.hpp"
#include "services/limits/counters.hpp"
#include "services/limits/delays.hpp"
#include "services/limits/permits.hpp"
#include "services/revocations/revocation_list.hpp"

namespace gatehouse::audit {
class Audit;
}

namespace gatehouse::learning {
class Learner;
}

namespace gatehouse::gateway {

struct Services {
  const Clock& clock;
  Random& random;
  async::Pool& pool;
  net::BufferBudget& memory;
  limits::Counters& counters;
  limits::Permits& permits;
  limits::Bans& bans;
  limits::Delays& delays;
  const limits::Naming& naming;
  const Published<keys::KeyRing>& keys;
  const Published<revocations::RevocationList>& revocations;
  keys::Meter& meter;
  audit::Audit& audit;
  learning::Learner* learner = nullptr;  ///< null: nobody learns
};

}  // namespace gatehouse::gateway
