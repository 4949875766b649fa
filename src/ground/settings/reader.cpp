#include "ground/settings/reader.hpp"

#include <algorithm>
#include <cstdlib>

#include "ground/base/text.hpp"

namespace gatehouse::settings {

Reader::Reader(Surroundings surroundings, std::string_view text) : surroundings_(std::move(surroundings)), lines_(text::split(text, '\n')) {}

bool holds_secret(std::string_view line) noexcept {
  constexpr std::string_view name = "secret";
  for (auto at = line.find(name); at != line.npos; at = line.find(name, at + 1)) {
    auto rest = line.substr(at + name.size());
    while (rest.starts_with('"') || rest.starts_with('\'') || rest.starts_with(' ')) rest.remove_prefix(1);
    if (!rest.starts_with(':')) continue;
    rest.remove_prefix(1);
    const auto value = rest.find_first_not_of(" \t\r");
    if (value != rest.npos && rest[value] != '{' && rest[value] != '#') return true;
  }
  return false;
}

std::string Reader::quoted_line(std::uint32_t line) const {
  constexpr std::size_t longest = 240;  // what is longer has been made by a machine and helps nobody
  if (line == 0 || line > lines_.size() || lines_[line - 1].size() > longest || holds_secret(lines_[line - 1])) return {};
  std::string out;
  for (const char c : lines_[line - 1])
    if (c != '\r') out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return out;
}

void Reader::note_hidden(Position at, std::string what) {
  note(at, std::move(what));
  if (!problems_.empty() && problems_.back().at == at) problems_.back().line.clear();
}

void Reader::note(Position at, std::string what, std::string nearest) { note_at(path_, at, std::move(what), std::move(nearest), example_); }

void Reader::note_in(const Node& block, std::string_view name, std::string what) {
  const Inside inside(*this, name);
  note(block.nearest(name).at, std::move(what));
}

void Reader::note_at(std::string path, Position at, std::string what, std::string nearest, std::string example) {
  if (full()) return;
  problems_.push_back({surroundings_.file, at, std::move(path), std::move(what), std::move(nearest), std::move(example), quoted_line(at.line)});
}

namespace {
/// "routes[2].path" is in "routes[2]" and in "routes", and not in "routes[2].pa".
bool is_inside(std::string_view path, std::string_view outer) noexcept {
  return path.starts_with(outer) && (path.size() == outer.size() || path[outer.size()] == '.' || path[outer.size()] == '[');
}
}  // namespace

bool Reader::broken(std::string_view path) const noexcept {
  for (const auto& problem : problems_)
    if (!problem.path.empty() && (is_inside(problem.path, path) || is_inside(path, problem.path))) return true;
  return false;
}

std::string Reader::resolve(std::string_view path) const {
  if (path.starts_with('/') || surroundings_.folder.empty()) return std::string(path);
  while (path.starts_with("./")) path.remove_prefix(2);
  std::string out = surroundings_.folder;
  if (!out.ends_with('/')) out += '/';
  return out += path;
}

std::optional<std::string> Reader::environment(const std::string& name) const {
  if (surroundings_.environment) return surroundings_.environment(name);
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): read while configuring, nobody calls setenv
  if (value == nullptr) return std::nullopt;
  return value;
}

Reader::Inside::Inside(Reader& reader, std::string_view name, std::string_view example)
    : reader_(reader), path_size_(reader.path_.size()), example_(reader.example_) {
  if (!reader.path_.empty()) reader.path_ += '.';
  reader.path_ += name;
  if (!example.empty()) reader.example_ = std::string(name) + ": " + std::string(example);
}

Reader::Inside::Inside(Reader& reader, std::size_t index) : reader_(reader), path_size_(reader.path_.size()), example_(reader.example_) {
  reader.path_ += '[' + std::to_string(index) + ']';
}

Reader::Inside::~Inside() {
  reader_.path_.resize(path_size_);
  reader_.example_ = std::move(example_);
}

namespace {
/// The only candidate that is a part of the word, or of which the word is one: "jwks" for "jwks_uri", "api_key" for "key".
std::string_view nearest_by_part(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t shortest = 3;
  const auto lower = text::lower(word);
  std::string_view found;
  for (const auto candidate : candidates) {
    const auto other = text::lower(candidate);
    const bool part = other.size() < lower.size() ? lower.contains(other) : other.contains(lower);
    if (!part || std::min(lower.size(), other.size()) < shortest) continue;
    if (!found.empty()) return {};
    found = candidate;
  }
  return found;
}
}  // namespace

std::string nearest_name(std::string_view word, std::span<const std::string_view> candidates) {
  const auto typo = text::nearest(word, candidates);
  return std::string(typo ? *typo : nearest_by_part(word, candidates));
}

std::string nearest_name(std::string_view word, std::span<const std::string> candidates) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  return nearest_name(word, std::span<const std::string_view>(views));
}

}  // namespace gatehouse::settings
