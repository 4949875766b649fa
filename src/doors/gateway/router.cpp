#include "doors/gateway/router.hpp"

#include <algorithm>

#include "doors/gateway/options.hpp"
#include "ground/base/text.hpp"
#include "ground/http/path.hpp"

namespace gatehouse::gateway {

bool Methods::has(http::Method method, std::string_view token) const noexcept {
  if (method != http::Method::other) return known.has(method);
  return std::ranges::find(others, token) != others.end();
}

std::string Methods::to_text() const {
  std::string out;
  const auto add = [&](std::string_view token) {
    if (!out.empty()) out += ", ";
    out += token;
  };
  for (auto m = 0; m < static_cast<int>(http::Method::other); ++m)
    if (known.has(static_cast<http::Method>(m))) add(http::to_text(static_cast<http::Method>(m)));
  for (const auto& token : others) add(token);
  return out;
}

namespace {
/// A '%' that is none of the two escapes.
bool escapes_wrongly(std::string_view segment) noexcept {
  for (auto at = segment.find('%'); at != segment.npos; at = segment.find('%', at + 1))
    if (literal_escape(segment.substr(at)) == 0) return true;
  return false;
}
}  // namespace

Result<PathTemplate> PathTemplate::parse(std::string_view text) {
  const auto wrong = [&](std::string why) { return refuse(Fault::invalid, "the path template '" + std::string(text) + "' " + std::move(why)); };
  if (!text.starts_with('/')) return wrong("does not begin with '/'");
  PathTemplate out;
  const auto segments = text::split(text.substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto segment = segments[i];
    const bool last = i + 1 == segments.size();
    if (segment.empty() && !last) return wrong("has an empty segment, which no request can have");
    if (segment == "." || segment == "..") return wrong("has a dot segment, which no request can have");
    if (!segment.starts_with('{')) {
      if (segment.find_first_of("{}") != segment.npos) return wrong("mixes text and a variable within one segment: '" + std::string(segment) + "'");
      const bool wildcard = segment.contains('*') || segment.starts_with(':');  // as other gateways read it: undecided, hence refused
      if (wildcard) return wrong("has '*' or ':' where other gateways have wildcards; write {name}, or %2A and %3A for the characters themselves");
      if (escapes_wrongly(segment) || segment.find_first_of("?#\\") != segment.npos || !text::is_utf8(segment))
        return wrong("holds a character that no path has in '" + std::string(segment) + "'");
      out.parts.push_back({Kind::literal, http::NormalPath::encode(literal_of(segment))});
      continue;
    }
    if (!segment.ends_with('}')) return wrong("has a brace that is not closed");
    auto name = segment.substr(1, segment.size() - 2);
    const bool rest = name.ends_with("...");
    if (rest) name.remove_suffix(3);
    const bool named = !name.empty() && std::ranges::all_of(name, [](char c) { return text::is_alnum(c) || c == '_' || c == '-'; });
    if (!named) return wrong("has a variable without a name of letters, digits, '-' and '_': '" + std::string(segment) + "'");
    if (rest && !last) return wrong("has '{" + std::string(name) + "...}' before its end");
    if (std::ranges::any_of(out.parts, [&](const Part& part) { return part.kind != Kind::literal && part.text == name; }))
      return wrong("names the variable '" + std::string(name) + "' twice");
    out.parts.push_back({rest ? Kind::rest : Kind::variable, std::string(name)});
  }
  return out;
}

bool PathTemplate::same_shape(const PathTemplate& other) const noexcept {
  return std::ranges::equal(parts, other.parts,
                            [](const Part& a, const Part& b) { return a.kind == b.kind && (a.kind != Kind::literal || a.text == b.text); });
}

Router::Host& Router::host_entry(std::string_view name) {
  const auto at = std::ranges::find(hosts_, name, &Host::name);
  if (at != hosts_.end()) return *at;
  hosts_.push_back({std::string(name), {}});
  return hosts_.back();
}

namespace {
/// A method that both allow; empty if there is none.
std::string common_method(const Methods& a, const Methods& b) {
  for (auto m = 0; m < static_cast<int>(http::Method::other); ++m)
    if (a.known.has(static_cast<http::Method>(m)) && b.known.has(static_cast<http::Method>(m)))
      return std::string(http::to_text(static_cast<http::Method>(m)));
  for (const auto& token : a.others)
    if (std::ranges::find(b.others, token) != b.others.end()) return token;
  return {};
}
}  // namespace

Result<> Router::insert(Node& root, const PathTemplate& path, const RoutePattern& pattern, std::uint32_t route) {
  Node* node = &root;
  std::vector<Leaf>* leaves = nullptr;
  for (const auto& part : path.parts) {
    switch (part.kind) {
      case PathTemplate::Kind::literal: {
        auto at = std::ranges::lower_bound(node->literals, part.text, {}, [](const auto& entry) { return std::string_view(entry.first); });
        if (at == node->literals.end() || at->first != part.text) at = node->literals.emplace(at, part.text, std::make_unique<Node>());
        node = at->second.get();
        break;
      }
      case PathTemplate::Kind::variable:
        if (!node->variable) node->variable = std::make_unique<Node>();
        node = node->variable.get();
        break;
      case PathTemplate::Kind::rest: leaves = &node->rest; break;
    }
  }
  if (leaves == nullptr) leaves = &node->here;
  for (const auto& leaf : *leaves)
    if (const auto method = common_method(leaf.methods, pattern.methods); !method.empty())
      return refuse(Fault::conflict, "two routes match " + method + " " + pattern.path + " equally well");
  leaves->push_back({pattern.methods, route});
  return {};
}

Result<Router> Router::make(std::span<const RoutePattern> patterns) {
  Router router;
  for (std::uint32_t i = 0; i < patterns.size(); ++i) {
    const auto path = TRY(PathTemplate::parse(patterns[i].path));
    if (patterns[i].hosts.empty()) CHECK_OK(insert(router.host_entry("").root, path, patterns[i], i));
    for (const auto& host : patterns[i].hosts) CHECK_OK(insert(router.host_entry(host).root, path, patterns[i], i));
  }
  const auto rank = [](const Host& host) { return host.name.empty() ? 2 : host.name.starts_with("*.") ? 1 : 0; };
  std::ranges::stable_sort(router.hosts_, {}, rank);
  return router;
}

Router::Found Router::find(const Node& node, std::span<const std::string_view> segments, std::size_t depth) noexcept {
  if (segments.empty()) return node.here.empty() ? Found{} : Found{&node, &node.here, depth};
  const auto at = std::ranges::lower_bound(node.literals, segments.front(), {}, [](const auto& entry) { return std::string_view(entry.first); });
  if (at != node.literals.end() && at->first == segments.front())
    if (const auto found = find(*at->second, segments.subspan(1), depth + 1); found.leaves != nullptr) return found;
  // A variable is one segment with something in it: "/patients/" is not "/patients/{id}".
  if (node.variable && !segments.front().empty())
    if (const auto found = find(*node.variable, segments.subspan(1), depth + 1); found.leaves != nullptr) return found;
  return node.rest.empty() ? Found{} : Found{&node, &node.rest, depth};
}

Router::Found Router::find(std::string_view host, std::span<const std::string_view> segments) const noexcept {
  const auto dot = host.find('.');
  const auto parent = dot == host.npos ? std::string_view{} : host.substr(dot);
  for (const auto& entry : hosts_) {
    const bool fits = entry.name.empty() || entry.name == host || (entry.name.starts_with("*.") && std::string_view(entry.name).substr(1) == parent);
    if (!fits) continue;
    if (const auto found = find(entry.root, segments, 0); found.leaves != nullptr) return found;
  }
  return {};
}

RouteMatch Router::match(std::string_view host, std::span<const std::string_view> segments, http::Method method, std::string_view token) const {
  const auto found = find(host, segments);
  if (found.leaves == nullptr) return NoRoute{};
  if (segments.back().empty() && segments.size() > 1 && found.leaves == &found.node->rest) {
    const auto without_slash = find(host, segments.first(segments.size() - 1));
    const bool wider = without_slash.leaves != nullptr && without_slash.node != found.node && without_slash.depth >= found.depth;
    if (wider) return NoRoute{};
  }
  Methods allowed;
  for (const auto& leaf : *found.leaves) {
    if (leaf.methods.has(method, token)) return leaf.route;
    for (auto m = 0; m < static_cast<int>(http::Method::other); ++m)
      if (leaf.methods.known.has(static_cast<http::Method>(m))) allowed.known.add(static_cast<http::Method>(m));
    allowed.others.insert(allowed.others.end(), leaf.methods.others.begin(), leaf.methods.others.end());
  }
  return MethodNotAllowed{allowed.to_text()};
}

}  // namespace gatehouse::gateway
