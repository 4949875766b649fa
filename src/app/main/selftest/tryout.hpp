// What `gatehouse selftest` does inside the running server. The requests are hostile on purpose, so they do not come by the front: the server
// opens a second gate for a moment, made of the configuration in force, with a door of its own on the loopback (clear text, any free port), a
// store in memory and a folder that goes away. What is judged is the same code and the same routes; what is counted, banned, metered or kept of
// it stays in there. Certificates, limits and address rules are not tried: they would judge the test instead of the requests.
//
//   route_tryout   each route: who is let in, and each reason to be kept out; with upstreams that are nowhere
//   try_out       one route, with its upstream: what no route should ever let through, beside harmless neighbours
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "app/config/configuration.hpp"
#include "app/main/selftest/selftest_case.hpp"
#include "ground/base/random.hpp"
#include "ground/base/result.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::main {

struct Tried {
  enum class Verdict : std::uint8_t {
    right,
    wrong,
    unjudged,  ///< nothing came back, so nothing is known
  };
  std::string route;  ///< empty: it is about none in particular
  std::string name, wanted, got;
  Verdict verdict = Verdict::unjudged;
};

constexpr auto time_of_one_request = std::chrono::milliseconds(3000);
constexpr Duration time_of_selftest = 20s;  ///< of one selftest

/// "/patients/{id}" becomes "/patients/1", as a request has it.
[[nodiscard]] std::string example_path(std::string_view pattern);
[[nodiscard]] std::string example_host(const gateway::RouteOptions& route);

/// A door on the loopback, and of `running` what is neither route nor limit.
[[nodiscard]] config::Configuration bare_configuration(const config::Configuration& running, const std::string& folder);

/// The configuration of the second gate: of `running` the first route that an API key opens for GET and not for DELETE, for keys alone, without
/// limits and contract. `folder` holds what it writes. Fault::not_found: there is no such route.
[[nodiscard]] Result<config::Configuration> tryout_configuration(const config::Configuration& running, const std::string& folder);

/// What an answer, or the error instead of one, says about the case.
[[nodiscard]] Tried judge(const SelftestCase& test, const Result<std::string>& answer);

/// Serves the one route of `tryout` and sends it every case. Blocking, until `until` and 5 s; what was not asked by then is unjudged. The folder is made
/// and goes away again.
[[nodiscard]] Result<std::vector<Tried>> try_out(const config::Configuration& tryout, const Clock& clock, Random& random, Ticks until);

/// Adds to what was tried at all routes what was tried at one: a row that is there already and was judged alike stays the only one.
void add_tried(std::vector<Tried>& all, std::vector<Tried> of_one, const std::string& route);

/// {"cases":[{"route","name","wanted","got","verdict","right"}]}, on one line.
[[nodiscard]] std::string to_json(const std::vector<Tried>& all);

}  // namespace gatehouse::main
