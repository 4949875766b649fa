// What an exchange tells to who learns a contract from traffic (services/learning): a copy of what passed, up to the bytes that the route names. Nothing waits for it,
// and only an exchange that went well to its end is told.
#include "doors/gateway/exchange.hpp"
#include "doors/gateway/worker.hpp"
#include "ground/base/text.hpp"
#include "services/learning/learner.hpp"

namespace gatehouse::gateway {

namespace sightings {
namespace {
constexpr http::Status partial_content = 206;

bool is_coded(const http::Headers& headers) noexcept {
  const auto coding = headers.get(http::HeaderId::content_encoding);
  return coding && !text::equal_ignoring_case(*coding, "identity");
}

/// What is known of a body before any of it has come.
inference::Content content_of(const http::Headers& headers, bool follows) {
  using Body = inference::Content::Body;
  return {.body = !follows            ? Body::none
                  : is_coded(headers) ? Body::unseen
                                      : Body::whole,
          .media = std::string(headers.get(http::HeaderId::content_type).value_or("")),
          .text = {}};
}

inference::Proof proof_of(Principal::Kind kind) noexcept {
  switch (kind) {
    case Principal::Kind::nobody: return inference::Proof::none;
    case Principal::Kind::api_key: return inference::Proof::api_key;
    case Principal::Kind::token: return inference::Proof::token;
  }
  return inference::Proof::none;
}
}  // namespace
}  // namespace sightings

void Exchange::begin_sighting() {
  auto* const learner = worker_.services().learner;
  if (learner == nullptr || sighting_) return;
  sighting_ = learner->begin();
  if (!sighting_) return;
  auto& seen = sighting_->sighting;
  seen.time = started_;
  seen.method = request().method_token;
  seen.path = request().path.text();
  seen.query = request().query.text();
  seen.proof = sightings::proof_of(principal.kind);
  const auto who = principal.kind == Principal::Kind::nobody  ? memory().concat({"address ", worker_.text_of(request().client)})
                   : principal.kind == Principal::Kind::token ? memory().concat({"token ", principal.issuer, " ", principal.subject})
                                                              : memory().concat({"key ", principal.key_id});
  seen.caller = learning::Learner::number_of(who);
  seen.request = sightings::content_of(request().headers, body_follows_);
  if (held_body_.begun()) see_body(seen.request, held_body_.text());
}

// Of a body that is larger nothing is kept: a part of one has no shape.
void Exchange::see_body(inference::Content& content, std::string_view piece) const {
  if (content.body != inference::Content::Body::whole) return;
  if (content.text.size() + piece.size() <= route_->learned_bytes_max) {
    content.text += piece;
    return;
  }
  content.body = inference::Content::Body::unseen;
  std::string().swap(content.text);
}

void Exchange::see_answer() {
  auto& seen = sighting_->sighting;
  seen.status = answer_head_.status;
  seen.answer = sightings::content_of(answer_head_.headers, answer_has_body());
  if (seen.status == sightings::partial_content && answer_has_body()) seen.answer.body = inference::Content::Body::unseen;
}

void Exchange::tell_sighting() {
  worker_.services().learner->take(std::move(sighting_->sighting));
  sighting_.reset();
}

}  // namespace gatehouse::gateway
