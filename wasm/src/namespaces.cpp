#include "namespaces.h"

#include <algorithm>

namespace dormouse {

NamespaceHandle Namespaces::open(std::string_view name) {
  const NamespaceHandle handle = mention(name);
  state_.namespaces_[handle].open = true;
  return handle;
}

Status Namespaces::close(NamespaceHandle handle) {
  Namespace* name_space = state_.namespaces_.find(handle);
  if (name_space == nullptr || !name_space->open) return Status::unknown_namespace;
  if (name_space->references > 0) return Status::wrong_state;
  name_space->open = false;
  forget_if_unused(handle);
  return Status::ok;
}

NamespaceHandle Namespaces::mention(std::string_view name) {
  const NamespaceHandle known = state_.find_namespace(name);
  if (known != kNone) return known;
  const NamespaceHandle handle = state_.namespaces_.take();
  if (is_root(name)) state_.root_ = handle;
  auto& [key, value] = entry_of(state_.namespace_names_, name);
  value = handle;
  state_.namespaces_[handle].name = key.text;
  return handle;
}

void Namespaces::add_reference(NamespaceHandle handle) { ++state_.namespaces_[handle].references; }

void Namespaces::remove_reference(NamespaceHandle handle) {
  --state_.namespaces_[handle].references;
  forget_if_unused(handle);
}

AckId Namespaces::allocate_ack(NamespaceHandle handle) {
  return state_.namespaces_[handle].next_ack++;
}

void Namespaces::skip_acks(NamespaceHandle handle, AckId next) {
  AckId& own = state_.namespaces_[handle].next_ack;
  own = std::max(own, next);
}

void Namespaces::forget_if_unused(NamespaceHandle handle) {
  const Namespace& name_space = state_.namespaces_[handle];
  if (name_space.open || name_space.references > 0) return;
  if (handle == state_.root_) state_.root_ = kNone;
  state_.namespace_names_.erase(state_.namespace_names_.find(NameView(name_space.name)));
  state_.namespaces_.free(handle);
}

}  // namespace dormouse
