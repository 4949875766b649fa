// Of servers a gateway needs only the path under which the API's paths stand: the host is its own.
#include <algorithm>

#include "engines/contract/reader.hpp"
#include "engines/contract/reference.hpp"
#include "ground/http/path.hpp"

namespace gatehouse::contract {

namespace servers {
namespace {
/// "https://api.example.com/v1/" and "/v1" as "/v1". Nothing if it is no path that a request could have.
std::optional<std::string> base_path(std::string_view url) {
  auto path = url.substr(0, url.find_first_of("?#"));
  const auto scheme = path.find("://");
  if (scheme != path.npos) {
    const auto slash = path.find('/', scheme + 3);
    path = slash == path.npos ? std::string_view{} : path.substr(slash);
  } else if (path.starts_with("//")) {
    const auto slash = path.find('/', 2);
    path = slash == path.npos ? std::string_view{} : path.substr(slash);
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty() || path == ".") return std::string{};
  // Relative to where the document was published: "v1" and "./v1" are "/v1" for a gateway that has it from a file.
  std::string absolute(path.starts_with("./") ? path.substr(1) : path);
  if (absolute.front() != '/') absolute.insert(0, "/");
  Arena arena;
  const auto normal = http::NormalPath::parse(absolute, arena);
  if (!normal) return std::nullopt;
  return std::string(normal->text());
}
}  // namespace
}  // namespace servers

std::vector<std::string> Reader::read_servers(const Node& holder) {
  constexpr std::size_t kept_max = 64;
  std::vector<std::string> out;
  for (const auto& at : list(holder, "servers")) {
    const auto server = as_object(at);
    if (!server) continue;
    const auto url = text(*server, "url");
    if (!url) {
      if (!member(*server, "url")) error(*server, "needs a 'url'");
      continue;
    }
    const auto variables = object(*server, "variables");
    std::string expanded;
    bool good = true;
    for (std::size_t i = 0; i < url->size(); ++i) {
      const auto end = (*url)[i] == '{' ? url->find('}', i) : url->npos;
      if (end == url->npos) {
        expanded += (*url)[i];
        continue;
      }
      const auto name = url->substr(i + 1, end - i - 1);
      const auto variable = variables ? object(*variables, name) : std::nullopt;
      const auto value = variable ? text(*variable, "default") : std::nullopt;
      if (!value) {
        warning(*server, "uses the variable '" + std::string(name) + "', which has no default; the server is left out");
        good = false;
        break;
      }
      expanded += *value;
      i = end;
    }
    if (!good) continue;
    auto path = servers::base_path(expanded);
    if (!path) warning(*server, "has a path that no request can have; the server is left out");
    else if (0 == std::ranges::count(out, *path) && out.size() < kept_max) out.push_back(std::move(*path));
  }
  return out;
}

}  // namespace gatehouse::contract
