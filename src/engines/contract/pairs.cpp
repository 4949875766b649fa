#include "engines/contract/pairs.hpp"

#include "ground/http/cookies.hpp"
#include "ground/http/query.hpp"

namespace gatehouse::contract {

std::optional<Pairs> Pairs::parse(std::string_view text, Arena& arena) {
  Pairs out;
  while (const auto parameter = http::Query::next(text)) {
    const auto name = decoded(parameter->name, Escapes::form, arena);
    if (!name || out.all_.size() == pairs_max) return std::nullopt;
    out.all_.push_back({*name, parameter->value});
  }
  return out;
}

Pairs Pairs::of_cookies(std::string_view text) {
  Pairs out;
  while (const auto pair = http::Cookies::next(text)) out.all_.push_back({pair->name, pair->value});
  return out;
}

std::vector<std::string_view> Pairs::take(std::string_view name) {
  std::vector<std::string_view> out;
  for (auto& pair : all_) {
    if (pair.taken || pair.name != name) continue;
    pair.taken = true;
    out.push_back(pair.raw_value);
  }
  return out;
}

std::optional<std::vector<std::string_view>> bracketed_keys(std::string_view name, std::string_view first) {
  if (!name.starts_with(first)) return std::nullopt;
  name.remove_prefix(first.size());
  if (!name.starts_with('[')) return std::nullopt;
  std::vector<std::string_view> keys;
  while (!name.empty()) {
    const auto end = name.find(']');
    if (name.front() != '[' || end == name.npos) return std::nullopt;
    const auto key = name.substr(1, end - 1);
    if (key.contains('[')) return std::nullopt;
    keys.push_back(key);
    name.remove_prefix(end + 1);
  }
  return keys;
}

}  // namespace gatehouse::contract
