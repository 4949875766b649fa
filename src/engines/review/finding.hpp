// What a reader of a contract is told: a rule that some place of the document breaks.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "engines/contract/sources.hpp"

namespace gatehouse::review {

enum class Severity : std::uint8_t { info, low, medium, high };
[[nodiscard]] std::string_view to_text(Severity severity) noexcept;

/// Where something stands; `pointer` is a JSON Pointer, "" the whole file, and `line` counts from 1.
struct Place {
  std::string file;
  std::uint32_t line = 1;
  std::string pointer;
  bool operator==(const Place&) const = default;
};
[[nodiscard]] Place place_of(const contract::Node& at);
/// "api.yaml:12: #/paths/~1pets/get"
[[nodiscard]] std::string to_text(const Place& place);

/// The rules, gravest first within each part of a document. Their names are for scripts, and stay.
enum class RuleId : std::uint8_t {
  // Who may ask.
  open_write,
  open_delete,
  open_read,
  optional_security,
  api_key_in_query,
  api_key_in_cookie,
  basic_auth,
  weak_http_scheme,
  oauth_password,
  oauth_implicit,
  clear_text_login,
  broad_scope,
  no_scope,
  undeclared_scope,
  unused_scheme,
  // How it is asked.
  http_server,
  credential_in_url,
  sequential_id,
  trace_method,
  body_on_read,
  deprecated_operation,
  // What comes in.
  undescribed_body,
  any_media_type,
  untyped_value,
  free_object,
  open_object,
  privilege_field,
  writable_server_field,
  unbounded_string,
  unbounded_upload,
  unbounded_array,
  unbounded_map,
  unbounded_number,
  free_string,
  loose_pattern,
  // What goes out.
  undescribed_answer,
  secret_in_answer,
  untyped_answer,
  open_answer,
  unbounded_answer_string,
  unbounded_answer_array,
  unbounded_answer_number,
  no_success_answer,
  missing_400,
  missing_401,
  missing_403,
  missing_429,
  // What the gate cannot hold anybody to.
  unjudged_body,
  unjudged_answer,
  backtracking_pattern,
  unknown_format,
  foreign_keyword,
  idle_discriminator,
  annotated_content,
  unseen_webhooks,
  unseen_callbacks,
  unseen_links,
  document_remark,
};
inline constexpr std::size_t rule_count = static_cast<std::size_t>(RuleId::document_remark) + 1;

struct Rule {
  RuleId id;
  std::string_view name;  ///< "open-write"
  Severity severity;
  std::string_view gain;  ///< what who attacks gains by it, or what is lost
  std::string_view cure;
};
[[nodiscard]] const Rule& rule(RuleId id) noexcept;

struct Finding {
  RuleId rule;
  Place place;
  std::string what;  ///< what it is about, such as "POST /pets" or "the string 'name'"
};

}  // namespace gatehouse::review
