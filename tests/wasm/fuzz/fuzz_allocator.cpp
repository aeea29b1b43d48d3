// The allocator of core.wasm: allocations and frees in any order, from memory that grows in a row
// or with gaps. What is in use is never given out twice and keeps its content; once all is free, it
// is one piece again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "allocator.h"
#include "byte_source.h"
#include "check.h"

namespace dormouse::fuzz {

namespace {

constexpr std::size_t kPage = 1024;
constexpr std::size_t kPages = 256;

struct Memory {
  alignas(Allocator::kUnit) char bytes[kPage * kPages];
  std::size_t used = 0;
  bool has_gaps = false;
};

Memory* memory = nullptr;

char* take_pages(std::size_t& size) {
  const std::size_t pages = (size + kPage - 1) / kPage;
  const std::size_t gap = memory->has_gaps && memory->used > 0 ? 1 : 0;
  if (memory->used + gap + pages > kPages) return nullptr;
  char* start = memory->bytes + (memory->used + gap) * kPage;
  memory->used += gap + pages;
  size = pages * kPage;
  return start;
}

struct Piece {
  unsigned char* start;
  std::size_t size;
  unsigned char content;

  [[nodiscard]] bool is_intact() const {
    return std::all_of(start, start + size, [&](unsigned char byte) { return byte == content; });
  }
};

void run(ByteSource& source) {
  memory->has_gaps = source.number(2) == 1;
  Allocator allocator(take_pages);
  std::vector<Piece> pieces;
  unsigned char content = 0;
  while (!source.empty()) {
    const std::uint32_t choice = source.byte();
    if (choice % 2 == 0 || pieces.empty()) {
      const std::size_t size = (choice & 4U) == 0 ? source.byte() : source.byte() * 37;
      auto* start = static_cast<unsigned char*>(allocator.allocate(size));
      if (start == nullptr) continue;
      require(reinterpret_cast<std::uintptr_t>(start) % Allocator::kUnit == 0, "not aligned");
      std::memset(start, ++content, size);
      pieces.push_back({start, size, content});
    } else {
      std::swap(pieces[source.number(static_cast<std::uint32_t>(pieces.size()))], pieces.back());
      require(pieces.back().is_intact(), "contents were overwritten");
      allocator.free(pieces.back().start);
      pieces.pop_back();
    }
  }
  for (const Piece& piece : pieces) {
    require(piece.is_intact(), "contents were overwritten");
    allocator.free(piece.start);
  }
  if (memory->has_gaps || memory->used == 0) return;
  const std::size_t used = memory->used;
  const std::size_t whole = used * kPage - 4 * Allocator::kUnit;
  require(allocator.allocate(whole) != nullptr && memory->used == used, "free memory in pieces");
}

}  // namespace

}  // namespace dormouse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dormouse;
  const auto lent = std::make_unique<fuzz::Memory>();
  fuzz::memory = lent.get();
  fuzz::ByteSource source(data, size);
  fuzz::run(source);
  return 0;
}
