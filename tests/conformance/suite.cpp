#include "suite.hpp"

#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "ground/base/text.hpp"

namespace conform {

namespace {
[[noreturn]] void stop(const std::string& why) {
  std::printf("conform: %s\n", why.c_str());
  std::exit(1);
}

std::string unpacked(const std::string& path) {
  const gzFile file = gzopen(path.c_str(), "rb");  // reads plain files as they are
  if (file == nullptr) stop("cannot open " + path);
  std::string out;
  std::vector<char> buffer(1U << 16U);
  int size = 0;
  while ((size = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0) out.append(buffer.data(), static_cast<std::size_t>(size));
  if (size < 0 || gzclose(file) != Z_OK) stop("cannot read " + path);
  return out;
}
}  // namespace

Suite::Suite(std::string name, std::string folder) : name_(std::move(name)), folder_(std::move(folder)) {
  std::ifstream list(std::string(CONFORM_KNOWN_FOLDER) + "/" + name_ + ".txt");
  for (std::string line; std::getline(list, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto tab = line.find('\t');
    if (tab == line.npos || tab + 1 == line.size()) stop("known/" + name_ + ".txt: a line is an id, a tab and a reason: " + line);
    if (!known_.try_emplace(line.substr(0, tab), line.substr(tab + 1)).second) stop("known/" + name_ + ".txt: twice: " + line);
  }
}

void Suite::failed(std::string_view id, std::string_view why) {
  ++failed_;
  std::printf("%s: FAILED %.*s: %.*s\n", name_.c_str(), static_cast<int>(id.size()), id.data(), static_cast<int>(why.size()), why.data());
}

void Suite::check(std::string_view id, bool ok, std::string_view why) {
  const auto known = known_.find(id);
  if (known == known_.end()) return ok ? void(++passed_) : failed(id, why);
  known->second.met = true;
  if (ok) return failed(id, "passes, but is listed as a known failure");
  ++known_count_;
}

void Suite::follows(std::string_view id, std::string_view of) {
  if (known_.contains(of)) ++known_count_;
  else failed(id, "cannot be looked at: " + std::string(of) + " failed");
}

void Suite::stricter(std::string_view id, std::string_view rule) {
  ++stricter_;
  std::printf("%s: stricter %.*s: %.*s\n", name_.c_str(), static_cast<int>(id.size()), id.data(), static_cast<int>(rule.size()), rule.data());
}

std::string Suite::read(std::string_view file) const { return unpacked(folder_ + "/" + std::string(file)); }

std::vector<std::string> Suite::lines(std::string_view file) const {
  const auto text = read(file);
  std::vector<std::string> lines;
  for (const auto line : gatehouse::text::split(text, '\n'))
    if (!line.empty()) lines.emplace_back(line);
  return lines;
}

gatehouse::json::Document Suite::parse(std::string_view text) {
  auto document =
      gatehouse::json::parse(text, {.bytes = 1U << 28U, .depth = 64, .members = 1'000'000, .string_bytes = 1U << 26U, .wide_integers = true});
  if (!document) stop("a staged file is no JSON: " + to_text(document.error()));
  return std::move(*document);
}

gatehouse::json::Document Suite::json(std::string_view file) const { return parse(read(file)); }

bool Suite::finish() {
  for (const auto& [id, known] : known_)
    if (!known.met) failed(id, "is listed as a known failure, but there is no such case");
  std::printf("%s: %zu passed, %zu failed, %zu known", name_.c_str(), passed_, failed_, known_count_);
  if (stricter_ > 0) std::printf(", %zu stricter", stricter_);
  std::printf("\n");
  return failed_ == 0;
}

}  // namespace conform
