// What the name of a member or parameter gives away, whether it is written apiKey, api_key or API-Key.
#pragma once
#include <string_view>

namespace gatehouse::review {

/// A password, a key, a token: what opens something.
[[nodiscard]] bool is_credential_name(std::string_view name);
/// As is_credential_name(), and what identifies or charges a person: no answer should have it.
[[nodiscard]] bool is_secret_name(std::string_view name);
/// Of one record among many: "id", "orderId", "issue_number".
[[nodiscard]] bool is_identifier_name(std::string_view name);
/// What the server decides itself: the record's own id, when it was made and by whom.
[[nodiscard]] bool is_server_name(std::string_view name);
/// What gives rights: "role", "isAdmin".
[[nodiscard]] bool is_privilege_name(std::string_view name);
/// A scope that stands for everything: "*", "admin", "orders:*".
[[nodiscard]] bool is_broad_scope(std::string_view scope);

}  // namespace gatehouse::review
