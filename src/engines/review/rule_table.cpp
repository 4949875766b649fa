// The rules, one row each: how grave, what an attacker gains, what cures it.
#include <array>

#include "engines/review/finding.hpp"

namespace gatehouse::review {

namespace {
using enum RuleId;
using enum Severity;

constexpr std::array<Rule, rule_count> rules{{
    {open_write, "open-write", high, "anybody on the network may change data",
     "name a requirement in 'security', of the operation or of the document"},
    {open_delete, "open-delete", high, "anybody on the network could delete data; the gate keeps such an operation refused",
     "name a requirement in 'security'; until then nobody can call it"},
    {open_read, "open-read", medium, "anybody on the network may read it, as often as the limits allow",
     "name a requirement in 'security', or let it stay open on purpose and give its route a rate"},
    {optional_security, "optional-security", high, "who sends no credential is let in as well",
     "take the empty alternative '{}' out of 'security', or describe the open part as an operation of its own"},
    {api_key_in_query, "api-key-in-query", high, "the key stands in access logs, histories and Referer headers of others", "send it in a header"},
    {api_key_in_cookie, "api-key-in-cookie", medium, "browsers send it along with requests that other sites cause (CSRF)",
     "send it in a header, or see to SameSite and a CSRF token"},
    {basic_auth, "basic-auth", high, "each request carries the password itself, to be tried or read wherever it passes",
     "use tokens that expire (bearer, oauth2, openIdConnect) or mutual TLS"},
    {weak_http_scheme, "weak-http-scheme", medium, "the scheme is old or rare: little is known to check it well", "use bearer tokens or mutual TLS"},
    {oauth_password, "oauth-password-flow", high, "every client sees the password of its user (RFC 9700 section 2.4)",
     "use the authorization code flow with PKCE"},
    {oauth_implicit, "oauth-implicit-flow", medium, "tokens come in a URL, where others can read and replay them (RFC 9700 section 2.1.2)",
     "use the authorization code flow with PKCE"},
    {clear_text_login, "clear-text-login", high, "who listens on the way reads passwords, codes and tokens", "use https"},
    {broad_scope, "broad-scope", medium, "a token that leaks may do everything",
     "ask for a scope that names one thing and one action, such as orders:read"},
    {no_scope, "no-scope", low, "every token of the issuer will do, whatever it was given for", "name the scope that this operation needs"},
    {undeclared_scope, "undeclared-scope", low,
     "no flow of the scheme gives this scope: nobody can call it, or the name is a slip that guards nothing",
     "declare the scope in the flows, or correct its name"},
    {unused_scheme, "unused-scheme", info, "nothing: no operation asks for it", "remove it, or name it in 'security'"},
    {http_server, "http-server", high, "who listens on the way reads and changes requests, credentials included", "use https"},
    {credential_in_url, "credential-in-url", high, "it stands in access logs, histories and Referer headers of others",
     "send it in a header or in the body"},
    {sequential_id, "sequential-id", medium,
     "who knows one number knows the next: whatever a missing check of ownership opens is open for all records",
     "use identifiers that nobody can guess, such as 'format: uuid', and check ownership in any case"},
    {trace_method, "trace-method", medium, "an answer to TRACE shows what stands between: headers and cookies; the gate never forwards it",
     "remove the operation"},
    {body_on_read, "body-on-read", low, "caches and proxies ignore or misread such a body, which is what request smuggling lives on",
     "send what asks in the query, or use POST"},
    {deprecated_operation, "deprecated-operation", info, "old operations are mended last and watched least", "remove it as soon as nobody calls it"},
    {undescribed_body, "undescribed-body", medium, "any content goes through to the API", "give the media type a 'schema'"},
    {any_media_type, "any-media-type", medium, "the caller chooses how its body is read", "name the media types that the API takes"},
    {untyped_value, "untyped-value", medium, "a value of any kind goes through, an object where the code expects a text", "say which 'type' it has"},
    {free_object, "free-object", medium, "any members with any content go through",
     "describe its 'properties', or what 'additionalProperties' must be"},
    {open_object, "open-object", medium, "members that are not described go through to code that may store them (mass assignment)",
     "say 'additionalProperties: false' ('unevaluatedProperties: false' where schemas are combined)"},
    {privilege_field, "privilege-field", medium, "a caller may try to set its own rights",
     "mark it 'readOnly', or give it an operation of its own with a scope of its own"},
    {writable_server_field, "writable-server-field", medium,
     "a caller may try to choose what the server should: whose record it is, and when it was made", "mark it 'readOnly' or take it out of the body"},
    {unbounded_string, "unbounded-string", medium, "a text as long as a body may be reaches the API and what lies behind it",
     "give it a 'maxLength', an 'enum' or a 'format'"},
    {unbounded_upload, "unbounded-upload", medium, "files as large as a body may be fill memory and disks",
     "give it a 'maxLength' (bytes), and the route a 'body_max'"},
    {unbounded_array, "unbounded-array", medium, "one request makes the API do a thing as often as there is room in a body", "give it 'maxItems'"},
    {unbounded_map, "unbounded-map", low, "one request brings as many names as there is room for in a body", "give it 'maxProperties'"},
    {unbounded_number, "unbounded-number", low, "negative amounts, pages of millions and overflows go through", "give it 'minimum' and 'maximum'"},
    {free_string, "free-string", low, "any characters go through: quotes, controls, markup", "give it a 'pattern', a 'format' or an 'enum'"},
    {loose_pattern, "loose-pattern", low, "the pattern is sought anywhere in the text, and around it anything may stand",
     "begin it with ^ and end it with $"},
    {undescribed_answer, "undescribed-answer", low, "what leaves cannot be held to anything: too much of a record, an error with its stack",
     "give the media type a 'schema'"},
    {secret_in_answer, "secret-in-answer", medium, "who can read the record, or its cached copy, has the secret",
     "mark it 'writeOnly' or take it out of the answer"},
    {untyped_answer, "untyped-answer", low, "anything may leave in its place", "say which 'type' it has"},
    {open_answer, "open-answer", low, "members that nobody described may leave with the answer",
     "say 'additionalProperties: false' once all members are described"},
    {unbounded_answer_string, "unbounded-answer-string", low, "an injection that reads much gets it out in one field",
     "give it a 'maxLength', an 'enum' or a 'format'"},
    {unbounded_answer_array, "unbounded-answer-array", low, "one request takes the whole table with it",
     "give it 'maxItems', and the operation pages"},
    {unbounded_answer_number, "unbounded-answer-number", info, "a wrong number is not noticed", "give it 'minimum' and 'maximum'"},
    {no_success_answer, "no-success-answer", low, "no answer that succeeds is described, so none can be held to anything",
     "describe the 2XX or 3XX answer"},
    {missing_400, "missing-400", info, "what a refused request looks like is left open, often a stack trace", "describe 400 or 422, 4XX or default"},
    {missing_401, "missing-401", low, "what a caller without a good credential gets is left open", "describe 401, 4XX or default"},
    {missing_403, "missing-403", low, "what a caller without the right gets is left open", "describe 403, 4XX or default"},
    {missing_429, "missing-429", low, "clients are not told to wait, and the API may have no limit at all",
     "describe 429 with Retry-After, 4XX or default"},
    {unjudged_body, "unjudged-body", medium, "nothing: a body of this media type is refused", "take it as JSON, or describe it as a string of bytes"},
    {unjudged_answer, "unjudged-answer", low, "an answer of this media type cannot be held to its schema", "answer in JSON"},
    {backtracking_pattern, "backtracking-pattern", low,
     "texts exist that are judged slowly; where the limit of steps is reached the value is refused",
     "write the pattern without look-around and back-references"},
    {unknown_format, "unknown-format", low, "the format is a remark: every text keeps it", "use a format of the standard, or a 'pattern'"},
    {foreign_keyword, "foreign-keyword", low, "the word does nothing in this version: what it should refuse goes through",
     "use the word of this version"},
    {idle_discriminator, "idle-discriminator", low, "a value may claim to be one thing and pass as another",
     "let each alternative be a '$ref', and name it in 'mapping'"},
    {annotated_content, "annotated-content", info, "what is encoded within the text is not looked into", "check it in the API"},
    {unseen_webhooks, "unseen-webhooks", info, "the API sends these itself: they do not come past the gate", "sign them, and check at the receiver"},
    {unseen_callbacks, "unseen-callbacks", info, "the API calls a URL that the caller chose, and that does not come past the gate (SSRF)",
     "let the API take only URLs of known hosts"},
    {unseen_links, "unseen-links", info, "nothing: links are hints to clients, and the gate does not follow them", "nothing is to be done"},
    {document_remark, "document-remark", info, "the document says it otherwise than OpenAPI does; what the gate makes of it stands in the remark",
     "write it as OpenAPI has it"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < rules.size(); ++i)
    if (rules[i].id != static_cast<RuleId>(i)) return false;
  return true;
}
static_assert(in_order());
}  // namespace

const Rule& rule(RuleId id) noexcept { return rules[static_cast<std::size_t>(id)]; }

std::string_view to_text(Severity severity) noexcept {
  switch (severity) {
    case Severity::info: return "info";
    case Severity::low: return "low";
    case Severity::medium: return "medium";
    case Severity::high: return "high";
  }
  return "";
}

Place place_of(const contract::Node& at) { return {at.source->path(), at.source->line_of(at.value, at.pointer), at.pointer}; }

std::string to_text(const Place& place) { return place.file + ':' + std::to_string(place.line) + ": #" + place.pointer; }

}  // namespace gatehouse::review
