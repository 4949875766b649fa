// Security schemes, and which of them an operation asks for.
#include <algorithm>

#include "engines/contract/reader.hpp"
#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"

namespace gatehouse::contract {

void Reader::read_security_scheme(std::string_view name, const Node& at) {
  const auto scheme = as_object(at);
  if (!scheme) return;
  const auto type = text(*scheme, "type");
  if (!type) {
    if (!member(*scheme, "type")) error(*scheme, "needs a 'type'");
    return;
  }
  SecurityScheme out;
  out.name = name;
  out.pointer = at.pointer;
  if (*type == "apiKey") {
    out.type = SecurityScheme::Type::api_key;
    const auto in = text(*scheme, "in"), parameter = text(*scheme, "name");
    if (!in || !parameter || parameter->empty()) return error(*scheme, "is an API key and needs 'in' and 'name'");
    if (*in == "query") out.in = In::query;
    else if (*in == "header") out.in = In::header;
    else if (*in == "cookie") out.in = In::cookie;
    else return error(*scheme, "has an 'in' other than query, header and cookie");
    out.parameter_name = out.in == In::header ? text::lower(*parameter) : std::string(*parameter);
    if (out.in == In::header && !http::is_token(out.parameter_name)) return error(*scheme, "names a header that is none");
  } else if (*type == "http") {
    out.type = SecurityScheme::Type::http;
    const auto http_scheme = text(*scheme, "scheme");
    if (!http_scheme || http_scheme->empty()) return error(*scheme, "is of type http and needs a 'scheme' such as bearer");
    out.http_scheme = text::lower(*http_scheme);
  } else if (*type == "oauth2") {
    out.type = SecurityScheme::Type::oauth2;
    if (!object(*scheme, "flows")) warning(*scheme, "is of type oauth2 and has no 'flows'");
  } else if (*type == "openIdConnect") {
    out.type = SecurityScheme::Type::open_id_connect;
    const auto url = text(*scheme, "openIdConnectUrl");
    if (url) out.open_id_url = *url;
    else warning(*scheme, "is of type openIdConnect and has no 'openIdConnectUrl'");
  } else if (*type == "mutualTLS" && out_.version != Version::v3_0) {
    out.type = SecurityScheme::Type::mutual_tls;
  } else {
    return error(*scheme, "has the type '" + std::string(*type) + "', which this version of OpenAPI does not know");
  }
  out_.schemes.push_back(std::move(out));
}

std::optional<std::vector<SecurityRequirement>> Reader::read_security(const Node& holder) {
  if (!member(holder, "security")) return std::nullopt;
  std::vector<SecurityRequirement> out;
  for (const auto& at : list(holder, "security")) {
    if (!at.value.is_object()) {
      error(at, "must be an object that names security schemes");
      continue;
    }
    SecurityRequirement requirement;
    for (const auto& [name, scopes] : at.value.members()) {
      const auto place = at.child(name, scopes);
      if (0 == std::ranges::count(out_.schemes, name, &SecurityScheme::name)) {
        error(place, "asks for the security scheme '" + std::string(name) + "', which 'components.securitySchemes' does not have");
        continue;
      }
      SecurityRequirement::Use use{std::string(name), {}};
      if (!scopes.is_array()) error(place, "must be a list of scopes");
      for (const auto& scope : scopes.elements()) {
        if (const auto text = scope.string()) use.scopes.emplace_back(*text);
        else error(place, "must be a list of texts");
      }
      requirement.uses.push_back(std::move(use));
    }
    out.push_back(std::move(requirement));
  }
  return out;
}

}  // namespace gatehouse::contract
