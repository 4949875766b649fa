// What an administrator can do, by name, with JSON there and back. The same object answers on the admin socket of a running server
// and, when none runs, inside the command line itself.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "engines/inference/learned.hpp"
#include "ground/base/result.hpp"
#include "ground/base/time.hpp"
#include "ground/json/document.hpp"
#include "services/audit/act.hpp"
#include "services/keys/keys.hpp"
#include "services/revocations/revocations.hpp"

namespace gatehouse::main {

/// An issuer whose tokens are taken: its name in the configuration and its `iss`.
struct TrustedIssuer {
  std::string name, issuer;
};

/// What the running gate says of the signature of a token. It is not checked where no server runs, or the key is not at hand.
enum class TokenSignature : std::uint8_t { holds, fails, not_checked };

/// What the operations stand on. Functions that give a text answer in JSON; an empty one: there is no such thing here, because no server runs.
struct AdminServices {
  keys::Keys& keys;
  keys::Environment environment;  ///< of new keys, when none is named
  revocations::Revocations& revocations;
  store::Store& store;
  const Clock& clock;
  std::function<Result<>()> fold_usage;  ///< brings what was counted until now into the store; empty: that is done
  std::function<Result<std::string>(std::string_view decision_id)> why;
  std::function<Result<std::string>()> status;
  std::function<Result<std::string>()> selftest;
  std::function<Result<std::string>()> routes{};
  std::function<Result<std::string>()> bans{};
  std::function<Result<std::string>(std::string_view who)> lift_ban{};
  std::function<std::vector<TrustedIssuer>()> issuers{};
  std::function<TokenSignature(std::string_view token)> signature_of{};
  std::function<void(const audit::Act&)> record{};        ///< puts an act on record, whatever came of it; without its time and its way
  std::function<Result<inference::Learned>()> learned{};  ///< by watching traffic
  std::function<Result<>()> forget_learned{};
  std::function<Result<std::string>()> shadow{};  ///< what shadow mode let pass
};

class Administration {
 public:
  explicit Administration(AdminServices services) : services_(std::move(services)) {}

  /// Whether the operation changes something, and is therefore put on record.
  [[nodiscard]] static bool changes(std::string_view what) noexcept;
  /// From any thread. invalid: no such operation, or an argument is missing, wrong or unknown. What changes something is on record, as done by `who`,
  /// when this returns.
  [[nodiscard]] Result<std::string> perform(std::string_view what, const json::Value& arguments, const audit::Actor& who);

 private:
  Result<std::string> create_key(const json::Value& arguments);
  Result<std::string> import_keys(const json::Value& arguments);
  Result<std::string> list_keys(const json::Value& arguments);
  Result<std::string> show_key(const json::Value& arguments);
  Result<std::string> revoke_key(const json::Value& arguments);
  Result<std::string> rotate_key(const json::Value& arguments);
  Result<std::string> change_key(const json::Value& arguments);
  Result<std::string> list_bans(const json::Value& arguments);
  Result<std::string> lift_ban(const json::Value& arguments);
  Result<std::string> revoke_tokens(const json::Value& arguments);
  Result<std::string> list_revocations(const json::Value& arguments);
  Result<std::string> restore_tokens(const json::Value& arguments);
  [[nodiscard]] Result<std::string> find_issuer(std::string_view named) const;
  Result<std::string> show_usage(const json::Value& arguments);
  Result<std::string> explain(const json::Value& arguments);
  Result<std::string> show_status(const json::Value& arguments);
  Result<std::string> show_routes(const json::Value& arguments);
  Result<std::string> run_selftest(const json::Value& arguments);
  Result<std::string> show_learned(const json::Value& arguments);
  Result<std::string> forget_learned(const json::Value& arguments);
  Result<std::string> show_shadow(const json::Value& arguments);

  struct Operation {
    std::string_view name;
    Result<std::string> (Administration::*perform)(const json::Value& arguments);
    bool changes = false;
  };
  static const Operation operations[];
  AdminServices services_;
};

}  // namespace gatehouse::main
