#include "services/audit/options.hpp"

#include <limits>

#include "ground/settings/block.hpp"

namespace gatehouse::audit {

settings::TypeOf<Level> level_settings() {
  return settings::words<Level>({{"refusals", Level::refusals, "refused requests only"}, {"all", Level::all, "every request"}});
}

settings::TypeOf<AuditOptions> audit_settings() {
  constexpr std::uint64_t mebibyte = 1024 * 1024;
  return settings::Block<AuditOptions>("audit", "The record of decisions: one JSON line each.")
      .field("file", &AuditOptions::file, settings::state_path(), "Where the lines go; in the data directory, unless the path is absolute.",
             "audit.jsonl")
      .field("level", &AuditOptions::level, level_settings(), "What is recorded. A route may say otherwise.", "all")
      .field("rotate_size", &AuditOptions::rotate_bytes, settings::byte_size(mebibyte, 64 * 1024 * mebibyte), "A new file is begun after so much.",
             "64MiB")
      .field("rotate_age", &AuditOptions::rotate_age, settings::duration(1min, 24h * 366), "A new file is begun when the present one is so old.",
             "1d")
      .field("keep_size", &AuditOptions::keep_bytes, settings::byte_size(mebibyte, 1024 * 1024 * mebibyte),
             "Old files together; the oldest is deleted first. At least `rotate_size`.", "1GiB")
      .field("keep_age", &AuditOptions::keep_age, settings::duration(1h, 24h * 3660),
             "Old files are deleted so long after they were put aside: a line lives up to `rotate_age` longer. At least `rotate_age`.", "30d")
      .field("decisions", &AuditOptions::decisions, settings::integer<std::uint32_t>(1'000, 10'000'000),
             "Decisions that `gatehouse why` can explain; the oldest is forgotten first.", "100000")
      .check({.values = {"rotate_size", "keep_size"}},
             [](settings::Reader& reader, const settings::Node& node, const AuditOptions& audit) {
               if (audit.keep_bytes >= audit.rotate_bytes) return;
               const settings::Reader::Inside inside(reader, "keep_size",
                                                     settings::byte_size(0, std::numeric_limits<std::int64_t>::max()).print(audit.rotate_bytes));
               reader.note(node.nearest("keep_size").at, "must not be smaller than 'rotate_size': each file would be deleted as soon as it is full");
             })
      // A line that must be gone after a day would, in a file of a month, be there for a month and a day.
      .check({.values = {"rotate_age", "keep_age"}}, [](settings::Reader& reader, const settings::Node& node, const AuditOptions& audit) {
        if (audit.keep_age >= audit.rotate_age) return;
        const auto text = [](Duration age) { return settings::duration(Duration::zero(), Duration::max()).print(age); };
        const settings::Reader::Inside inside(reader, "keep_age", text(audit.rotate_age));
        reader.note(node.nearest("keep_age").at,
                    "must not be shorter than 'rotate_age': it counts from when a file is put aside, whose first lines are " +
                        text(audit.rotate_age) + " old by then; for less, begin files as often: `rotate_age: " + text(audit.keep_age) + "`");
      });
}

settings::TypeOf<MetricsOptions> metrics_settings() {
  return settings::Block<MetricsOptions>("metrics", "Where /metrics (Prometheus), /healthz and /readyz are served, in clear text. Left out: nowhere.")
      .required("address", &MetricsOptions::address, settings::endpoint(),
                "IP address and port; loopback or a private network, never a public address.", "127.0.0.1:9464")
      .check({.values = {"address"}}, [](settings::Reader& reader, const settings::Node& node, const MetricsOptions& metrics) {
        if (metrics.address.is_private()) return;
        const settings::Reader::Inside inside(reader, "address", "127.0.0.1:9464");
        reader.note(node.nearest("address").at,
                    metrics.address.to_text() + " is a public address or every address of this machine; metrics tell strangers too much");
      });
}

}  // namespace gatehouse::audit
