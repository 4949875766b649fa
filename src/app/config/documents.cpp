#include "app/config/documents.hpp"

#include "app/config/configuration.hpp"
#include "ground/settings/describe.hpp"

namespace gatehouse::config {

std::string schema_document() { return settings::json_schema_document(*configuration_settings().erased(), "Gatehouse configuration"); }

std::string reference_document() {
  const auto& document = *configuration_settings().erased();
  return R"(<!-- Made by gatehouse_reference from the settings in src/; changes by hand are lost. -->
# Configuration

One YAML file says everything: `gatehouse serve -c gatehouse.yaml`. `gatehouse init` writes a first one, `gatehouse check` lists
everything that is wrong with one, with line, column and an example, and a running server reads it again on SIGHUP: a wrong file
changes nothing.

- **Undecided is refused.** A name that is not listed here, a value out of its range, a limit of zero, a missing secret, a file that
  cannot be read, two routes of one shape: the gate does not start.
- **Units are written out.** Durations are `250ms`, `30s`, `5m`, `24h`, `30d`; sizes `512B`, `64KiB`, `1MiB`, `2GiB`; rates `10/s`, `600/m`,
  `1000/h`, `5/10s`.
- **Paths.** What the gate reads is looked for beside the file; what it writes is put into the folder `data`.
- **Secrets** never stand in the file. It names the file (only its owner may read it) or the environment variable that holds them:
  `{ file: issuer.secret }`, `{ env: ISSUER_SECRET }`.
- **Of YAML** one plain document is taken, at most 1 MiB: no anchors, aliases, tags, tabs as indentation, no name twice, no number that
  begins with a zero. Text stands in quotes if it looks like a number or a boolean, begins with one of ``{ [ * & ! | > @ % ` ``, or holds `: ` or ` #` (a comment
  begins there): `path: "/files/{rest...}"`.
- **Nothing is put in.** `${NAME}` and `~/` are not what a shell makes of them; paths that hold them are refused.
- **Editors** complete and check the file with `gatehouse.schema.json`; the first line `# yaml-language-server: $schema=gatehouse.schema.json`
  is enough for most.

)" + settings::markdown_reference(document) +
         R"(## The smallest document and all that can be added to it

What is required is set; the rest is commented out, with an example or its default.

```yaml
)" + settings::yaml_example(document) +
         "```\n";
}

}  // namespace gatehouse::config
