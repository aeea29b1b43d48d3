#include "allocator.h"

#include <algorithm>
#include <bit>

namespace dormouse {

// The same memory is a block to us and anything to its owner.
struct __attribute__((may_alias)) Allocator::Block {
  /// Only while the block before is free.
  std::size_t previous_size;
  /// With the flags.
  std::size_t size_and_flags;
  /// Only while this block is free.
  Block* next;
  Block* previous;

  static constexpr std::size_t kUsed = 1;
  static constexpr std::size_t kPreviousUsed = 2;
  static constexpr std::size_t kFlags = kUsed | kPreviousUsed;

  [[nodiscard]] std::size_t size() const { return size_and_flags & ~kFlags; }
  [[nodiscard]] bool is_used() const { return (size_and_flags & kUsed) != 0; }
  [[nodiscard]] bool is_previous_used() const { return (size_and_flags & kPreviousUsed) != 0; }
  [[nodiscard]] Block* at(std::size_t offset) {
    return reinterpret_cast<Block*>(reinterpret_cast<char*>(this) + offset);
  }
  [[nodiscard]] Block* behind() { return at(size()); }
  [[nodiscard]] Block* before() {
    return reinterpret_cast<Block*>(reinterpret_cast<char*>(this) - previous_size);
  }
  [[nodiscard]] void* memory() { return at(offsetof(Block, next)); }
  [[nodiscard]] static Block* of(void* memory) {
    return reinterpret_cast<Block*>(static_cast<char*>(memory) - offsetof(Block, next));
  }

  /// Also updates what the following block knows of this one.
  void set(std::size_t size, std::size_t flags) {
    size_and_flags = size | flags;
    Block* follower = behind();
    if ((flags & kUsed) != 0) {
      follower->size_and_flags |= kPreviousUsed;
    } else {
      follower->size_and_flags &= ~kPreviousUsed;
      follower->previous_size = size;
    }
  }
};

namespace {

constexpr std::size_t kSmallBins = 32;
/// Blocks of a bin that are looked at before a larger one is cut.
constexpr std::size_t kTries = 8;
/// More than anybody may ask for: sums with it do not overflow.
constexpr std::size_t kTooMuch = SIZE_MAX / 2;

}  // namespace

void* Allocator::allocate(std::size_t size) {
  if (size >= kTooMuch) return nullptr;
  const std::size_t with_header = size + sizeof(std::size_t) + kUnit - 1;
  const std::size_t needed = std::max(with_header / kUnit * kUnit, sizeof(Block));
  Block* block = find(needed);
  if (block == nullptr) block = grow(needed);
  if (block == nullptr) return nullptr;
  remove(block);
  const std::size_t rest = block->size() - needed;
  const std::size_t before = block->size_and_flags & Block::kPreviousUsed;
  if (rest < sizeof(Block)) {
    block->set(block->size(), before | Block::kUsed);
  } else {
    block->size_and_flags = needed | before | Block::kUsed;
    Block* remainder = block->behind();
    remainder->set(rest, Block::kPreviousUsed);
    insert(remainder);
  }
  return block->memory();
}

void Allocator::free(void* memory) {
  if (memory == nullptr) return;
  Block* block = Block::of(memory);
  if (!block->is_used()) __builtin_trap();
  release(block);
}

/// Small sizes have a bin each, larger ones share two for each doubling.
std::size_t Allocator::bin_of(std::size_t size) {
  const std::size_t units = size / kUnit;
  if (units < kSmallBins) return units;
  const auto width = static_cast<std::size_t>(std::bit_width(units));
  const std::size_t half = (units >> (width - 2)) & 1U;
  constexpr std::size_t kFirstWidth = 6;
  return std::min(kSmallBins + (width - kFirstWidth) * 2 + half, kBins - 1);
}

Allocator::Block* Allocator::find(std::size_t size) {
  const std::size_t bin = bin_of(size);
  if (Block* block = first_fit(bins_[bin], size, kTries)) return block;
  // Every block of a later bin is large enough.
  const std::uint64_t later = filled_ & ~std::uint64_t{1} << bin;
  if (later != 0) return bins_[std::countr_zero(later)];
  return first_fit(bins_[bin], size, SIZE_MAX);
}

Allocator::Block* Allocator::first_fit(Block* block, std::size_t size, std::size_t tries) {
  for (; block != nullptr && tries > 0; block = block->next, --tries) {
    if (block->size() >= size) return block;
  }
  return nullptr;
}

Allocator::Block* Allocator::grow(std::size_t size) {
  // A region's first and last block lack a word each; the surplus covers them.
  std::size_t given = size + 2 * sizeof(Block);
  char* start = source_(given);
  if (start == nullptr) return nullptr;
  Block* block = nullptr;
  if (end_ != nullptr && start == end_->memory()) {
    block = end_;
  } else {
    block = reinterpret_cast<Block*>(start);
    block->size_and_flags = Block::kPreviousUsed;
    given -= offsetof(Block, next);
  }
  end_ = block->at(given);
  end_->size_and_flags = Block::kUsed;
  block->size_and_flags |= given;
  return release(block);
}

void Allocator::insert(Block* block) {
  const std::size_t bin = bin_of(block->size());
  block->previous = nullptr;
  block->next = bins_[bin];
  if (block->next != nullptr) block->next->previous = block;
  bins_[bin] = block;
  filled_ |= std::uint64_t{1} << bin;
}

void Allocator::remove(Block* block) {
  if (block->next != nullptr) block->next->previous = block->previous;
  if (block->previous != nullptr) {
    block->previous->next = block->next;
    return;
  }
  const std::size_t bin = bin_of(block->size());
  bins_[bin] = block->next;
  if (block->next == nullptr) filled_ &= ~(std::uint64_t{1} << bin);
}

Allocator::Block* Allocator::release(Block* block) {
  std::size_t size = block->size();
  if (Block* follower = block->behind(); !follower->is_used()) {
    remove(follower);
    size += follower->size();
  }
  if (!block->is_previous_used()) {
    block = block->before();
    remove(block);
    size += block->size();
  }
  // The one before is in use: two free blocks are never neighbours.
  block->set(size, Block::kPreviousUsed);
  insert(block);
  return block;
}

}  // namespace dormouse
