#include "slots.h"

namespace dormouse {

namespace {

constexpr std::uint16_t kUsed = 0x8000;
/// How often an index was given out, as far as a handle can tell.
constexpr std::uint16_t kGenerations = kNone >> kHandleIndexBits;

std::uint32_t generation_of(std::uint16_t mark) { return mark & kGenerations; }

}  // namespace

std::uint32_t Handles::take() {
  std::uint32_t index = limit();
  if (free_.empty()) {
    // The largest index is part of `kNone`. Memory ends long before it.
    if (index == kHandleIndexMask) __builtin_trap();
    marks_.push_back(kUsed);
  } else {
    index = free_.back();
    free_.pop_back();
    marks_[index] |= kUsed;
  }
  return generation_of(marks_[index]) << kHandleIndexBits | index;
}

void Handles::free(std::uint32_t handle) {
  const std::uint32_t index = index_of(handle);
  marks_[index] = static_cast<std::uint16_t>((marks_[index] + 1) & kGenerations);
  free_.push_back(index);
}

bool Handles::contains(std::uint32_t handle) const {
  return handle_at(index_of(handle)) == handle && handle != kNone;
}

std::uint32_t Handles::handle_at(std::uint32_t index) const {
  if (index >= limit() || (marks_[index] & kUsed) == 0) return kNone;
  return generation_of(marks_[index]) << kHandleIndexBits | index;
}

void Pages::reach(std::uint32_t index, std::size_t value_size) {
  if (index / kPageSize == pages_.size())
    pages_.emplace_back(new std::byte[kPageSize * value_size]);
}

}  // namespace dormouse
