#include "engines/review/names.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "ground/base/text.hpp"

namespace gatehouse::review {

namespace names {
namespace {
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (text::is_alnum(c)) out += text::lower(c);
  return out;
}

bool is_one_of(std::span<const std::string_view> list, std::string_view name) noexcept { return std::ranges::find(list, name) != list.end(); }

// A bare "token" is a credential, a "page_token" is not: whole names only.
constexpr std::array<std::string_view, 25> credentials{
    "password",  "passwd",     "pwd",       "passphrase",  "secret",       "clientsecret", "apisecret",    "secretkey",    "apikey",
    "accesskey", "privatekey", "token",     "accesstoken", "refreshtoken", "idtoken",      "authtoken",    "sessiontoken", "bearertoken",
    "bearer",    "jwt",        "sessionid", "credential",  "credentials",  "accesskeyid",  "authorization"};
constexpr std::array<std::string_view, 17> secrets{
    "passwordhash",         "hashedpassword", "passwordsalt", "cvv", "cvc",        "cardnumber",     "creditcard",        "creditcardnumber", "ssn",
    "socialsecuritynumber", "iban",           "pin",          "otp", "totpsecret", "securityanswer", "mothersmaidenname", "encryptionkey"};
constexpr std::array<std::string_view, 17> server_names{"id",          "uuid",         "guid",      "createdat", "createdon",   "createdby",
                                                        "createddate", "creationdate", "updatedat", "updatedon", "updatedby",   "modifiedat",
                                                        "modifiedby",  "deletedat",    "ownerid",   "tenantid",  "lastmodified"};
constexpr std::array<std::string_view, 20> privileges{
    "role",       "roles",       "isadmin",    "admin",     "isadministrator", "administrator", "superuser", "issuperuser", "isstaff",   "isroot",
    "permission", "permissions", "privileges", "privilege", "isverified",      "emailverified", "verified",  "accesslevel", "userlevel", "balance"};
constexpr std::array<std::string_view, 14> broad{"*",         "all",        "admin", "root", "full",       "full_access", "fullaccess",
                                                 "superuser", "everything", "any",   "god",  "read_write", "readwrite",   "rw"};
}  // namespace
}  // namespace names

bool is_credential_name(std::string_view name) { return names::is_one_of(names::credentials, names::plain(name)); }

bool is_secret_name(std::string_view name) {
  const auto plain = names::plain(name);
  // An authorization in an answer is mostly a record of that name.
  static constexpr std::array<std::string_view, 3> records{"authorization", "credential", "credentials"};
  return names::is_one_of(names::secrets, plain) || (names::is_one_of(names::credentials, plain) && !names::is_one_of(records, plain));
}

bool is_identifier_name(std::string_view name) {
  const auto plain = names::plain(name);
  if (plain == "id" || plain == "number" || plain == "no") return true;
  return name.ends_with("Id") || name.ends_with("ID") || name.ends_with("_id") || name.ends_with("-id") || name.ends_with("_number") ||
         name.ends_with("Number");
}

bool is_server_name(std::string_view name) { return name == "_id" || names::is_one_of(names::server_names, names::plain(name)); }

bool is_privilege_name(std::string_view name) { return names::is_one_of(names::privileges, names::plain(name)); }

bool is_broad_scope(std::string_view scope) {
  const auto lower = text::lower(scope);
  if (names::is_one_of(names::broad, lower)) return true;
  return lower.ends_with(":*") || lower.ends_with(".*") || lower.ends_with("/*") || lower.ends_with(":all") || lower.ends_with(".all") ||
         lower.ends_with("/all");
}

}  // namespace gatehouse::review
