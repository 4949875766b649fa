// `$ref` and its dynamic kin. A reference is a call; one that depends on the way that judging came is looked up in the scopes entered.
#include "engines/schema/block_writer.hpp"
#include "engines/schema/uri_reference.hpp"

namespace gatehouse::schema {

Result<Target> BlockWriter::resolved(Keyword keyword) {
  const auto reference = value_of(keyword).string();
  if (!reference) return wrong(keyword, "must be a reference, which is a string");
  auto target = shop_.resolve(at_.resource, *reference);
  if (!target) return shop_.error(place_of(keyword), std::string(*reference) + ": " + target.error().told, target.error().fault);
  return target;
}

void BlockWriter::emit_call(Keyword keyword, BlockId block, const Target& target) {
  // The root of a resource enters it by itself.
  const bool enters = target.resource != at_.resource && !is_resource_root(target) && shop_.has_dynamic_anchors(target.resource);
  emit(Op::call, keyword, block, enters ? target.resource : none);
}

Result<> BlockWriter::write_references() {
  if (const auto reference = word(Keyword::dynamic_ref)) CHECK_OK(write_dynamic_reference(*reference));
  if (word(Keyword::recursive_ref)) CHECK_OK(write_recursive_reference());
  if (!word(Keyword::ref)) return {};
  const auto target = TRY(resolved(Keyword::ref));
  const auto block = TRY(shop_.block_of(target));
  emit_call(Keyword::ref, block, target);
  return {};
}

Result<> BlockWriter::write_dynamic_reference(json::Value reference) {
  const auto target = TRY(resolved(Keyword::dynamic_ref));
  const auto block = TRY(shop_.block_of(target));
  const auto fragment = percent_decoded(split_uri(reference.string().value_or("")).fragment.value_or(""));
  const auto& anchors = shop_.resources()[target.resource].dynamic_anchors;
  const auto anchor = anchors.find(fragment);
  // Core section 8.2.3.2: it is dynamic only if what it first leads to is a dynamic anchor of that name.
  if (anchor == anchors.end() || anchor->second.value.identity() != target.value.identity()) {
    emit_call(Keyword::dynamic_ref, block, target);
    return {};
  }
  emit(Op::dynamic_call, Keyword::dynamic_ref, shop_.call_for_dynamic_anchor(fragment), block);
  return {};
}

Result<> BlockWriter::write_recursive_reference() {
  if (value_of(Keyword::recursive_ref).string() != "#") return wrong(Keyword::recursive_ref, "must be \"#\"");
  const auto& resource = shop_.resources()[at_.resource];
  const Target root{resource.root, resource.place, at_.resource};
  const auto block = TRY(shop_.block_of(root));
  if (resource.recursive_anchor) emit(Op::dynamic_call, Keyword::recursive_ref, shop_.call_for_recursive_anchor(), block);
  else emit_call(Keyword::recursive_ref, block, root);
  return {};
}

}  // namespace gatehouse::schema
