// For tests: API keys of a TrialGate and requests with them.
#pragma once
#include <doctest/doctest.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "doors/gateway/trial_talk.hpp"
#include "services/keys/key_live.hpp"

namespace gatehouse::gateway {

/// Keys of two plans for a gate, and their clear texts.
struct TrialKeys {
  explicit TrialKeys(TrialGate& gate, std::span<const keys::Plan> plans, std::string_view allowed = {}, std::int64_t reader_until = keys::never) {
    keys::KeyRingBuilder builder(std::make_shared<const std::vector<keys::Plan>>(plans.begin(), plans.end()));
    const auto add = [&](std::string_view name, std::string_view plan, std::string_view scopes, std::int64_t until) {
      auto made = keys::make_key(gate.random, keys::Environment::live, keys::KeyId::make(gate.random));
      auto* const live = lives.add();
      if (name == "reader") reader_live = live;
      const keys::KeySecret secret{made.digest, keys::never};
      REQUIRE(builder
                  .add({.id = made.id,
                        .name = name,
                        .subject = name,
                        .plan = plan,
                        .scopes = scopes,
                        .allowed = allowed,
                        .expires_at = until,
                        .secrets = {&secret, 1},
                        .live = live})
                  .has_value());
      return std::string(made.clear_text.reveal());
    };
    reader = add("reader", "free", "read", reader_until);
    writer = add("writer", "paid", "read write", keys::never);
    old = add("old", "free", "read", unix_seconds(gate.clock.now()) - 1);
    gate.use_keys(builder.finish().value());
  }
  keys::KeyLives lives;
  keys::KeyLive* reader_live = nullptr;
  std::string reader, writer, old;
};

inline std::string with_key(std::string_view target, std::string_view key) { return ask(target, "x-api-key: " + std::string(key) + "\r\n"); }

/// A gate whose first route takes keys; the reader's are of the plan `free`.
struct TrialPlans {
  TrialPlans(TrialGate::Setup setup, const keys::PlanOptions& free)
      : gate(with_plans(std::move(setup), free)), keys(gate, std::vector<keys::Plan>{{"free", free}, {"paid", {}}}), client(gate.connect()) {}
  /// What the reader is answered; the request must reach the upstream.
  [[nodiscard]] std::string passed() {
    CHECK(exchange(gate, client, request()).empty());
    return answer(gate, client, ok);
  }
  [[nodiscard]] std::string request() const { return with_key("/x", keys.reader); }

  TrialGate gate;
  TrialKeys keys;
  TrialSocket client;

 private:
  static TrialGate::Setup with_plans(TrialGate::Setup setup, const keys::PlanOptions& free) {
    setup.routes[0].authenticate = {Credential::api_key};
    setup.plans["free"] = free;
    setup.plans["paid"] = {};
    return setup;
  }
};

}  // namespace gatehouse::gateway
