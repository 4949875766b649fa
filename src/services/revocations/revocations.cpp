#include "services/revocations/revocations.hpp"

#include <algorithm>
#include <mutex>

#include "services/revocations/revocation_table.hpp"

namespace gatehouse::revocations {

class Revocations::State {
 public:
  State(store::Store& store, const Clock& clock, Random& random)
      : store_(store), clock_(clock), random_(random), published_(std::make_shared<const RevocationList>(siphash::Seed::from(random))) {}

  store::Store& store_;
  const Clock& clock_;
  Random& random_;
  std::mutex writing_;  // one change at a time, in the list and in the store
  Published<RevocationList> published_;

  void publish(RevocationList next) { published_.publish(std::make_shared<const RevocationList>(std::move(next))); }

  /// The list without what has lapsed; a copy where nothing has.
  [[nodiscard]] RevocationList current(std::int64_t now) const {
    const auto list = published_.get();
    const auto lapsed = [now](const RevocationList::Entry& entry) { return entry.lapses_at <= now; };
    return std::ranges::any_of(list->entries(), lapsed) ? list->without(lapsed) : *list;
  }

  [[nodiscard]] Result<> load() {
    RevocationList list = *published_.get();
    CHECK_OK(for_each_revocation(store_, clock_.now(), [&list](const Record& record) -> Result<> {
      if (list.size() >= entries_max || list.name_bytes() + record.what.name.size() > list_text_bytes_max)
        return fail(Fault::internal, "store: table token_revocation holds more than it may");
      list.put(record);
      return {};
    }));
    publish(std::move(list));
    return {};
  }
};

Revocations::Revocations(std::unique_ptr<State> state) : state_(std::move(state)) {}
Revocations::~Revocations() = default;

Result<std::unique_ptr<Revocations>> Revocations::open(store::Store& store, const Clock& clock, Random& random) {
  CHECK_OK(migrate_table(store, clock));
  auto state = std::make_unique<State>(store, clock, random);
  CHECK_OK(state->load());
  return std::unique_ptr<Revocations>(new Revocations(std::move(state)));
}

const Published<RevocationList>& Revocations::list() const noexcept { return state_->published_; }

Result<Record> Revocations::revoke(const Revocation& wanted) {
  const std::lock_guard lock(state_->writing_);
  const auto now = state_->clock_.now();
  CHECK_OK(check(wanted, now));
  auto list = state_->current(unix_seconds(now));
  Record record{.id = {}, .what = wanted, .made_at = unix_seconds(now)};
  if (const auto* const before = list.find(wanted)) {
    record.id = before->id;
    record.what.issued_before = std::max(wanted.issued_before, before->issued_before);
    record.what.lapses_at = std::max(wanted.lapses_at, before->lapses_at);
  } else {
    if (list.size() >= entries_max || list.name_bytes() + wanted.name.size() > list_text_bytes_max)
      return refuse(Fault::exhausted, "there are " + std::to_string(list.size()) +
                                          " revocations already, and more are not kept: revoke all tokens of the issuer that were issued before now, "
                                          "or restore what is no longer needed");
    do record.id = RevocationId::make(state_->random_);
    while (list.find(record.id) != nullptr);
  }
  list.put(record);
  state_->publish(std::move(list));  // every thread looks here on its next request: no need to wait for the disk
  const std::array<store::Statement, 2> batch{delete_lapsed(now), put_record(record)};
  if (auto written = state_->store_.write(batch); !written)
    return refuse(written.error().fault, "the tokens are refused from now on, but this could not be written down: revoke them again",
                  written.error().detail);
  return record;
}

Result<Record> Revocations::restore(const RevocationId& id) {
  const std::lock_guard lock(state_->writing_);
  const auto now = state_->clock_.now();
  const auto list = state_->current(unix_seconds(now));
  const auto* const entry = list.find(id);
  if (entry == nullptr) return refuse(Fault::not_found, "no revocation with the id " + std::string(id.text()));
  auto record = list.record(*entry);
  CHECK_OK(state_->store_.write(delete_record(id)));
  state_->publish(list.without([&id](const RevocationList::Entry& each) { return each.id == id; }));
  return record;
}

}  // namespace gatehouse::revocations
