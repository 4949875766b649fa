#include "doors/gateway/router.hpp"

#include <algorithm>

#include "doors/gateway/options.hpp"
#include "ground/base/arena.hpp"
#include "ground/base/text.hpp"
#include "ground/http/path.hpp"
#include "ground/settings/type.hpp"

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
  const auto wrong = [](std::string why) { return refuse(Fault::invalid, std::move(why)); };
  if (!text.starts_with('/')) return wrong("must begin with '/'");
  PathTemplate out;
  const auto segments = text::split(text.substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto segment = segments[i];
    const bool last = i + 1 == segments.size();
    if (segment.empty() && !last) return wrong("has an empty segment ('//')");
    if (segment == "." || segment == "..") return wrong("has a dot segment, which no canonical path has");
    if (auto hint = wildcard_hint(segment); !hint.empty()) return wrong(std::move(hint));
    if (!segment.starts_with('{')) {
      if (segment.find_first_of("{}") != segment.npos) return wrong("has a parameter that is not a whole segment: /{name}/");
      if (escapes_wrongly(segment) || segment.find_first_of("?#\\") != segment.npos || !text::is_utf8(segment))
        return wrong("holds a character that no path has in '" + std::string(segment) + "'");
      out.parts.push_back({Kind::literal, http::NormalPath::encode(literal_of(segment))});
      continue;
    }
    if (!segment.contains('}')) return wrong("has a brace that is not closed: '" + std::string(segment) + "'");
    if (!segment.ends_with('}')) return wrong("has a parameter that is not a whole segment: /{name}/");
    auto name = segment.substr(1, segment.size() - 2);
    const bool rest = name.ends_with("...");
    if (rest) name.remove_suffix(3);
    if (rest && !last) return wrong("takes the rest of the path before its end: {" + std::string(name) + "...} can only be the last segment");
    if (!settings::is_name(name)) return wrong("has a parameter without a proper name: letters, digits, '-' and '_'");
    if (std::ranges::any_of(out.parts, [&](const Part& part) { return part.kind != Kind::literal && part.text == name; }))
      return wrong("has the parameter '" + std::string(name) + "' twice");
    out.parts.push_back({rest ? Kind::rest : Kind::variable, std::string(name)});
  }
  return out;
}

std::string PathTemplate::to_text() const {
  std::string out;
  Arena arena;
  for (const auto& part : parts) {
    out += '/';
    switch (part.kind) {
      case Kind::literal: {
        const auto plain = http::NormalPath::decode(part.text, arena);
        for (std::size_t i = 0; i < plain.size(); ++i) out += plain[i] == '*' ? "%2A" : plain[i] == ':' && i == 0 ? "%3A" : std::string(1, plain[i]);
        break;
      }
      case Kind::variable: out += '{' + part.text + '}'; break;
      case Kind::rest: out += '{' + part.text + "...}"; break;
    }
  }
  return out;
}

Result<PathTemplate> PathTemplate::of(std::vector<Part> parts) {
  PathTemplate out;
  out.parts = std::move(parts);
  const auto text = out.to_text();
  auto read = parse(text);
  if (!read) return refuse(Fault::invalid, "is no path that a route can have, '" + text + "': it " + read.error().told);
  if (*read != out) return refuse(Fault::invalid, "has a segment that no route can have: '" + text + "'");
  return read;
}

std::string PathTemplate::shape() const {
  std::string out;
  for (const auto& part : parts) {
    switch (part.kind) {
      case Kind::literal: out += '/' + part.text; break;
      case Kind::variable: out += "/{}"; break;
      case Kind::rest: out += "/{...}"; break;
    }
  }
  return out;
}

std::string wildcard_hint(std::string_view segment) {
  const std::string remedy = "write {name} for one segment, or {name...} at the end for all the rest";
  if (segment.contains('*')) return "has '*', which is no wildcard here: " + remedy + "; for the character itself write %2A";
  if (segment.starts_with(':')) return "has a segment that begins with ':': " + remedy + "; for the character itself write %3A";
  return {};
}

std::string regex_hint(std::string_view segment) {
  for (const std::string_view mark : {"[", "]", ".+"})
    if (segment.contains(mark))
      return "has '" + std::string(mark) +
             "', and paths are no regular expressions here: write {name} for one segment, or {name...} at the end for all the rest";
  return {};
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
    const auto read = PathTemplate::parse(patterns[i].path);
    if (!read) return refuse(Fault::invalid, "the path template '" + patterns[i].path + "' " + read.error().told);
    const auto& path = *read;
    if (patterns[i].hosts.empty()) CHECK_OK(insert(router.host_entry("").root, path, patterns[i], i));
    for (const auto& host : patterns[i].hosts) CHECK_OK(insert(router.host_entry(host).root, path, patterns[i], i));
  }
  const auto rank = [](const Host& host) { return host.name.empty() ? 2 : host.name.starts_with("*.") ? 1 : 0; };
  std::ranges::stable_sort(router.hosts_, {}, rank);
  std::uint32_t next = 0;
  for (auto& host : router.hosts_) number(host.root, next);
  return router;
}

namespace {
/// The order of literals in which those that differ in the case of letters stand together.
bool before_in_any_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::lexicographical_compare(a, b, [](char x, char y) { return text::lower(x) < text::lower(y); });
}
}  // namespace

// Literals that differ in case alone are equally narrow: which of them a path means, its own letters say.
void Router::number(Node& node, std::uint32_t& next) {
  node.here_rank = next++;
  for (const auto& [text, below] : node.literals) node.any_case.emplace_back(text, below.get());
  std::ranges::stable_sort(node.any_case, before_in_any_case, [](const auto& entry) { return entry.first; });
  auto first = next;
  for (std::size_t i = 0; i < node.any_case.size(); ++i) {
    if (i == 0 || before_in_any_case(node.any_case[i - 1].first, node.any_case[i].first)) first = next;
    auto own = first;
    number(*node.any_case[i].second, own);
    next = std::max(next, own);
  }
  if (node.variable) number(*node.variable, next);
  node.rest_rank = next++;
}

const Router::Node* Router::literal(const Node& node, std::string_view segment) noexcept {
  const auto at = std::ranges::lower_bound(node.literals, segment, {}, [](const auto& entry) { return std::string_view(entry.first); });
  return at != node.literals.end() && at->first == segment ? at->second.get() : nullptr;
}

Router::Found Router::find(const Node& node, Path path, Letters letters) noexcept {
  if (path.segments.empty()) {
    const auto* const own = path.slash ? literal(node, "") : &node;
    if (own != nullptr && !own->here.empty()) return {&own->here, node.here_rank};
    return path.slash && !node.rest.empty() ? Found{&node.rest, node.here_rank} : Found{};
  }
  const auto segment = path.segments.front();
  if (const auto* const below = literal(node, segment))
    if (const auto found = find(*below, path.below(), letters); found.leaves != nullptr) return found;
  if (letters == Letters::any_case)
    for (const auto& [text, below] :
         std::ranges::equal_range(node.any_case, segment, before_in_any_case, [](const auto& entry) { return entry.first; }))
      if (text != segment)
        if (const auto found = find(*below, path.below(), letters); found.leaves != nullptr) return found;
  // A variable is one segment with something in it: "/patients/" is not "/patients/{id}".
  if (node.variable && !segment.empty())
    if (const auto found = find(*node.variable, path.below(), letters); found.leaves != nullptr) return found;
  return node.rest.empty() ? Found{} : Found{&node.rest, node.rest_rank};
}

Router::Found Router::find(std::string_view host, Path path, Letters letters) const noexcept {
  const auto dot = host.find('.');
  const auto parent = dot == host.npos ? std::string_view{} : host.substr(dot);
  for (const auto& entry : hosts_) {
    const bool fits = entry.name.empty() || entry.name == host || (entry.name.starts_with("*.") && std::string_view(entry.name).substr(1) == parent);
    if (!fits) continue;
    if (const auto found = find(entry.root, path, letters); found.leaves != nullptr) return found;
  }
  return {};
}

RouteMatch Router::match(std::string_view host, std::span<const std::string_view> segments, http::Method method, std::string_view token) const {
  const bool slash = !segments.empty() && segments.back().empty();
  const Path path{slash ? segments.first(segments.size() - 1) : segments, slash};
  const auto found = find(host, path, Letters::as_sent);
  if (found.leaves == nullptr) return NoRoute{};
  if (!path.segments.empty()) {
    const auto narrower = [&](Path other) { return find(host, other, Letters::any_case).rank < found.rank; };
    if (narrower(path)) return NoRoute{"a narrower route has this path in letters of another case, and no other has it"};
    if (narrower(path.twin())) return NoRoute{"a narrower route has this path but for a slash at its end, and no other has it"};
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
