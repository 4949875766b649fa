// The outermost object: version, servers, components, paths.
#include <algorithm>
#include <array>
#include <set>

#include "engines/contract/reader.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::contract {

std::string_view to_text(In in) noexcept {
  constexpr std::array<std::string_view, 5> names{"path", "query", "header", "cookie", "querystring"};
  return names[static_cast<std::size_t>(in)];
}

Description describe(const Source& root, Sources& sources, Complaints& complaints, const DescriptionLimits& limits) {
  return Reader(sources, complaints, limits).document(root);
}

Description Reader::document(const Source& root) {
  const Node top{&root, root.root(), {}};
  out_.base_paths = {""};
  if (!top.value.is_object()) {
    error(top, "must be an object: an OpenAPI document begins with 'openapi: 3.1.0' or the like");
    return std::move(out_);
  }
  read_version(top);
  if (complaints_.has_errors()) return std::move(out_);
  if (const auto info = object(top, "info"); !info || !info->value.string("title") || !info->value.string("version"))
    warning(top, "has no 'info' with 'title' and 'version'");
  if (auto base_paths = read_servers(top); !base_paths.empty()) out_.base_paths = std::move(base_paths);
  if (const auto components = object(top, "components")) read_components(*components);
  if (auto security = read_security(top)) security_ = std::move(*security);
  read_paths(top);
  if (const auto webhooks = member(top, "webhooks"); webhooks && webhooks->value.size() > 0) {
    out_.webhooks = webhooks->value.size();
    warning(*webhooks, "are what the API sends; a gateway before it does not see them");
  }
  check_conflicts();
  return std::move(out_);
}

void Reader::read_version(const Node& root) {
  const auto at = member(root, "openapi");
  const auto version = text(root, "openapi");
  if (!at || !version) {
    if (at) return;
    const auto old = root.value.get("swagger");
    return error(root, old ? "is a Swagger 2.0 document; it must be converted to OpenAPI 3 first" : "has no 'openapi' that names the version");
  }
  const auto parts = text::split(*version, '.');
  const bool three = parts.size() == 3 && parts[0] == "3" && !parts[2].empty() && text::is_digit(parts[2].front());
  if (three && parts[1] == "0") out_.version = Version::v3_0;
  else if (three && parts[1] == "1") out_.version = Version::v3_1;
  else if (three && parts[1] == "2") out_.version = Version::v3_2;
  else return error(*at, "names a version of OpenAPI other than 3.0, 3.1 and 3.2");
  if (out_.version == Version::v3_0) return;
  if (const auto dialect = text(root, "jsonSchemaDialect")) out_.dialect = *dialect;
}

void Reader::read_components(const Node& components) {
  for (const auto& [kind, holder] : members(components)) {
    const auto entries = as_object(holder);
    if (!entries) continue;
    if (kind == "securitySchemes") {
      for (const auto& [name, at] : members(*entries)) read_security_scheme(name, at);
    } else if (kind == "schemas") {
      for (const auto& [name, at] : members(*entries)) {
        if (at.value.is_object() || (out_.version != Version::v3_0 && at.value.boolean())) out_.schema_resources.push_back(at);
        else error(at, "must be a schema");
      }
    }
  }
}

void Reader::read_paths(const Node& root) {
  const auto paths = object(root, "paths");
  if (!paths) {
    const bool other = out_.version != Version::v3_0 && (member(root, "components") || member(root, "webhooks"));
    if (!member(root, "paths") && !other) error(root, "has no 'paths'");
    return;
  }
  for (const auto& [path, at] : members(*paths)) {
    if (!path.starts_with('/')) {
      error(at, "must begin with a slash: '" + std::string(path) + "'");
      continue;
    }
    auto path_template = PathTemplate::parse(path);
    if (!path_template) {
      error(at, path_template.error().told);
      continue;
    }
    if (!path_template->suffix().empty())
      warning(at, "'" + path_template->suffix() + "' is no part of a path; its operations are alternatives of what else is at this path");
    const auto item = as_object(at);
    if (item) read_path_item(path, *path_template, *item);
  }
}

void Reader::read_path_item(std::string_view path, const PathTemplate& path_template, const Node& item) {
  using http::Method;
  struct Known {
    std::string_view name;
    Method method;
  };
  constexpr std::array<Known, 8> known{{{"get", Method::get},
                                        {"put", Method::put},
                                        {"post", Method::post},
                                        {"delete", Method::delete_},
                                        {"options", Method::options},
                                        {"head", Method::head},
                                        {"patch", Method::patch},
                                        {"trace", Method::trace}}};
  const auto inherited = read_parameters(item, path_template);
  const auto base_paths = member(item, "servers") ? read_servers(item) : std::vector<std::string>{};
  for (const auto& [name, at] : members(item)) {
    const auto* const method = std::ranges::find(known, name, &Known::name);
    if (method != known.end()) {
      std::string token(name);
      for (auto& c : token) c = static_cast<char>(c - 'a' + 'A');
      read_operation(method->method, std::move(token), path, path_template, item, at, inherited, base_paths);
    } else if (name == "query" && out_.version == Version::v3_2) {
      read_operation(Method::other, "QUERY", path, path_template, item, at, inherited, base_paths);
    } else if (name == "additionalOperations" && out_.version == Version::v3_2) {
      const auto additional = as_object(at);
      if (!additional) continue;
      for (const auto& [token, operation] : members(*additional)) {
        if (std::ranges::find(known, text::lower(token), &Known::name) != known.end() || token == "QUERY")
          error(operation, "has a place of its own outside of 'additionalOperations'");
        else read_operation(http::method_from(token), std::string(token), path, path_template, item, operation, inherited, base_paths);
      }
    } else if (name != "$ref" && name != "summary" && name != "description" && name != "servers" && name != "parameters") {
      warning(at, "is no method and nothing else that OpenAPI knows here; requests with such a method are refused");
    }
  }
}

/// Two operations of one method for the same paths: nobody could tell which one a request means. With a suffix they are alternatives, as their author says.
void Reader::check_conflicts() {
  struct First {
    const Operation* operation;
    bool plain;
  };
  std::map<std::string, First, std::less<>> plain;         // by method and shape, without suffix
  std::map<std::string, std::string, std::less<>> shapes;  // to the path that has it
  std::set<std::string, std::less<>> told;
  for (const auto& operation : out_.operations) {
    if (!operation.path_template.suffix().empty()) continue;
    const auto& shape = operation.path_template.shape();
    const auto [first, fresh] = plain.try_emplace(operation.method_token + ' ' + shape, First{&operation, true});
    if (!fresh && first->second.operation->path != operation.path) {
      error(operation.at, "takes the same requests as " + operation.method_token + ' ' + first->second.operation->path +
                              ": the paths differ only in the names of their parameters");
      continue;
    }
    const auto [other, new_shape] = shapes.try_emplace(shape, operation.path);
    if (!new_shape && other->second != operation.path && told.insert(operation.path).second)
      warning(operation.at, "has the same path as " + other->second + " but for the names of parameters; the methods tell them apart");
  }
}

}  // namespace gatehouse::contract
