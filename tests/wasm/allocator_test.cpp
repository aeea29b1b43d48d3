// The allocator of core.wasm, on memory that the tests lend it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "allocator.h"

namespace dormouse::test {

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kPages = 1024;

/// Pages that are given out in a row, as a Wasm memory grows.
struct Pages {
  explicit Pages(std::size_t count) : bytes(new char[kPage * count]), limit(count) {}

  /// Only those that are used are written to, so there may be many.
  std::unique_ptr<char[]> bytes;
  std::size_t used = 0;
  std::size_t limit;
  /// Leaves a page out each time, so that regions do not follow each other.
  bool has_gaps = false;

  static Pages* current;
  static char* take(std::size_t& size) {
    const std::size_t pages = (size + kPage - 1) / kPage;
    if (current->used + pages > current->limit) return nullptr;
    char* start = current->bytes.get() + current->used * kPage;
    current->used += pages + (current->has_gaps ? 1 : 0);
    size = pages * kPage;
    return start;
  }
};
Pages* Pages::current = nullptr;

class Memory {
 public:
  explicit Memory(std::size_t pages = kPages)
      : pages_(std::make_unique<Pages>(pages)), allocator_(Pages::take) {
    Pages::current = pages_.get();
  }
  Pages& pages() { return *pages_; }
  Allocator& operator*() { return allocator_; }
  Allocator* operator->() { return &allocator_; }

 private:
  std::unique_ptr<Pages> pages_;
  Allocator allocator_;
};

/// Memory that is full of a value of its own.
struct Piece {
  unsigned char* memory;
  std::size_t size;
  unsigned char value;

  Piece(Allocator& allocator, std::size_t wanted, unsigned char content)
      : memory(static_cast<unsigned char*>(allocator.allocate(wanted))), size(wanted),
        value(content) {
    REQUIRE_NE(memory, nullptr);
    CHECK_EQ(reinterpret_cast<std::uintptr_t>(memory) % Allocator::kUnit, 0);
    std::memset(memory, value, size);
  }
  [[nodiscard]] bool is_intact() const {
    return std::all_of(memory, memory + size, [&](unsigned char byte) { return byte == value; });
  }
};

}  // namespace

TEST_CASE("allocator: every size is aligned, separate and writable") {
  Memory memory;
  std::vector<Piece> pieces;
  for (std::size_t size = 0; size < 700; ++size) {
    pieces.emplace_back(*memory, size, static_cast<unsigned char>(size));
  }
  for (const Piece& piece : pieces) CHECK(piece.is_intact());
  for (const Piece& piece : pieces) memory->free(piece.memory);
}

TEST_CASE("allocator: what is free again is joined, in whatever order it was freed") {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    Memory memory;
    std::mt19937 random(seed);
    std::vector<void*> pieces;
    for (int i = 0; i < 500; ++i) pieces.push_back(memory->allocate(random() % 400));
    const std::size_t pages = memory.pages().used;
    std::shuffle(pieces.begin(), pieces.end(), random);
    for (void* piece : pieces) memory->free(piece);
    // All of it is one block now, but for the words that hold it together.
    CHECK_NE(memory->allocate(pages * kPage - 4 * Allocator::kUnit), nullptr);
    CHECK_EQ(memory.pages().used, pages);
  }
}

TEST_CASE("allocator: memory that served one size serves any other") {
  Memory memory;
  std::size_t pages = 0;
  for (const std::size_t size : {24U, 1000U, 40U, 5000U, 16U, 300U, 90U, 100'000U, 8U}) {
    std::vector<void*> pieces;
    for (std::size_t sum = 0; sum < 200'000; sum += size + sizeof(std::size_t)) {
      pieces.push_back(memory->allocate(size));
      REQUIRE_NE(pieces.back(), nullptr);
    }
    for (void* piece : pieces) memory->free(piece);
    if (pages == 0) pages = memory.pages().used;
  }
  // The smallest pieces waste most, so a little more may be needed than at first.
  CHECK_LE(memory.pages().used, pages * 3);
}

TEST_CASE("allocator: random use keeps contents, and does not grow without end") {
  for (const bool has_gaps : {false, true}) {
    Memory memory;
    memory.pages().has_gaps = has_gaps;
    std::mt19937 random(7);
    std::vector<Piece> pieces;
    std::size_t in_use = 0;
    std::size_t most_in_use = 0;
    for (int i = 0; i < 200'000; ++i) {
      if (pieces.size() < 300 || (random() % 2 == 0 && pieces.size() < 600)) {
        const std::size_t size = random() % 20 == 0 ? random() % 3000 : random() % 100;
        pieces.emplace_back(*memory, size, static_cast<unsigned char>(random()));
        in_use += size;
        most_in_use = std::max(most_in_use, in_use);
      } else {
        std::swap(pieces[random() % pieces.size()], pieces.back());
        if (!pieces.back().is_intact()) FAIL("contents were overwritten");
        memory->free(pieces.back().memory);
        in_use -= pieces.back().size;
        pieces.pop_back();
      }
    }
    // Half of the pages are gaps then.
    CHECK_LE(memory.pages().used * kPage, most_in_use * (has_gaps ? 4 : 2));
  }
}

TEST_CASE("allocator: the oldest freed piece is found again behind many smaller ones of its bin") {
  // Units of blocks that share a bin: the large one fits only itself.
  constexpr std::size_t kLarge = 47 * Allocator::kUnit - sizeof(std::size_t);
  constexpr std::size_t kSmall = 33 * Allocator::kUnit - sizeof(std::size_t);
  Memory memory;
  std::vector<void*> pieces;
  // Kept apart by pieces that stay.
  for (int i = 0; i < 100; ++i) {
    pieces.push_back(memory->allocate(i == 0 ? kLarge : kSmall));
    REQUIRE_NE(memory->allocate(8), nullptr);
  }
  // Nothing else is free, and there is no more.
  memory.pages().limit = memory.pages().used;
  for (std::size_t size = 64 * kPage; size > 0; size /= 2) {
    while (memory->allocate(size) != nullptr) {
    }
  }
  for (void* piece : pieces) memory->free(piece);
  CHECK_EQ(memory->allocate(kLarge), pieces.front());
  CHECK_EQ(memory->allocate(kLarge), nullptr);
}

TEST_CASE("allocator: so is a piece of the last bin, which has no upper bound") {
  constexpr std::size_t kSmall = (std::size_t{3} << 19U) * Allocator::kUnit;
  constexpr std::size_t kLarge = kSmall + 64 * kPage;
  constexpr int kCount = 10;
  Memory memory((kCount * kSmall + kLarge) / kPage);
  std::vector<void*> pieces;
  for (int i = 0; i < kCount; ++i) {
    pieces.push_back(memory->allocate(i == 0 ? kLarge : kSmall));
    REQUIRE_NE(pieces.back(), nullptr);
    REQUIRE_NE(memory->allocate(8), nullptr);
  }
  memory.pages().limit = memory.pages().used;
  for (void* piece : pieces) memory->free(piece);
  CHECK_EQ(memory->allocate(kLarge), pieces.front());
}

TEST_CASE("allocator: no more memory") {
  Memory memory;
  memory.pages().limit = 4;
  CHECK_EQ(memory->allocate(5 * kPage), nullptr);
  void* piece = memory->allocate(3 * kPage);
  REQUIRE_NE(piece, nullptr);
  CHECK_EQ(memory->allocate(kPage), nullptr);
  memory->free(piece);
  CHECK_NE(memory->allocate(3 * kPage), nullptr);
  CHECK_EQ(memory->allocate(SIZE_MAX), nullptr);
  CHECK_EQ(memory->allocate(SIZE_MAX / 2), nullptr);
  CHECK_EQ(memory->allocate(SIZE_MAX / 2 - 1), nullptr);
}

TEST_CASE("allocator: freeing nothing does nothing") {
  Memory memory;
  memory->free(nullptr);
  CHECK_EQ(memory.pages().used, 0);
}

}  // namespace dormouse::test
