// The memory of core.wasm: small, and fair to long-lived tables of small things.
//
// Why not the libc's: it is a fifth of the module. This one is the textbook's: blocks with boundary
// tags, free ones in bins by size, neighbours joined as soon as they are free. So memory that was
// cut into one size can serve any other later, whatever peers make us allocate.
//
// A block starts with two words. The first is the size of the block before, and only valid while
// that one is free (otherwise it is that block's last word). The second is its own size, a multiple
// of `kUnit`, with two flags. The rest belongs to the owner, or links the block into its bin.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dormouse {

class Allocator {
 public:
  /// Returns at least `size` fresh bytes, aligned to `kUnit`, and sets `size` to how many, a
  /// multiple of `kUnit`; null if there are none. A region that directly follows the last is joined
  /// with it.
  using Source = char* (*)(std::size_t& size);

  explicit constexpr Allocator(Source source) : source_(source) {}

  /// Aligned to `kUnit`. Null if the source has no more.
  [[nodiscard]] void* allocate(std::size_t size);
  /// Memory from `allocate`, or null. Traps if it is not in use.
  void free(void* memory);

  /// Two words: 8 bytes in Wasm.
  static constexpr std::size_t kUnit = 2 * sizeof(std::size_t);

 private:
  struct Block;
  static constexpr std::size_t kBins = 64;

  [[nodiscard]] static std::size_t bin_of(std::size_t size);
  /// A free block of at least this size; null if there is none.
  [[nodiscard]] Block* find(std::size_t size);
  [[nodiscard]] static Block* first_fit(Block* block, std::size_t size, std::size_t tries);
  /// The same, out of fresh memory.
  [[nodiscard]] Block* grow(std::size_t size);
  void insert(Block* block);
  void remove(Block* block);
  /// Joins a block that nobody uses with free neighbours and puts the result into its bin.
  Block* release(Block* block);

  Source source_;
  /// The block of no size that ends the last region.
  Block* end_ = nullptr;
  /// One bit for each bin that has a block.
  std::uint64_t filled_ = 0;
  Block* bins_[kBins] = {};
};

}  // namespace dormouse
