// A table of values under dense, reusable handles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dormouse/types.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define DORMOUSE_CHECKS_SLOTS 1
#endif
#endif

namespace dormouse {

/// Which handles are in use. A freed index is given out again, the last one first, under another
/// handle.
class Handles {
 public:
  [[nodiscard]] std::uint32_t take();
  void free(std::uint32_t handle);

  [[nodiscard]] bool contains(std::uint32_t handle) const;
  /// One past the largest index ever given out.
  [[nodiscard]] std::uint32_t limit() const { return static_cast<std::uint32_t>(marks_.size()); }
  /// The handle at an index; `kNone` if that is free.
  [[nodiscard]] std::uint32_t handle_at(std::uint32_t index) const;

 private:
  /// For each index whether it is in use, and how often it was given out before.
  std::vector<std::uint16_t> marks_;
  std::vector<std::uint32_t> free_;
};

/// Memory for values of one size, in pages, so that a growing table neither moves nor doubles.
class Pages {
 public:
  /// Makes sure of memory for the value at this index. All smaller indices must have theirs
  /// already.
  void reach(std::uint32_t index, std::size_t value_size);
  [[nodiscard]] std::byte* at(std::uint32_t index, std::size_t value_size) const {
    return pages_[index / kPageSize].get() + index % kPageSize * value_size;
  }

 private:
  static constexpr std::uint32_t kPageSize = 16;

  std::vector<std::unique_ptr<std::byte[]>> pages_;
};

/// Values keep their handle, and their address, until freed. Under AddressSanitizer the memory of
/// freed values is poisoned, and handles that are not in use trap.
template <typename T>
class Slots {
 public:
  /// A handle for a new, default-constructed value.
  [[nodiscard]] std::uint32_t take() {
    const std::uint32_t handle = handles_.take();
    const std::uint32_t index = index_of(handle);
    pages_.reach(index, sizeof(T));
    unpoison(index);
    std::construct_at(&value(index));
    return handle;
  }

  /// The handle must be in use.
  void free(std::uint32_t handle) {
    check(handle);
    const std::uint32_t index = index_of(handle);
    std::destroy_at(&value(index));
    poison(index);
    handles_.free(handle);
  }

  /// Null if the handle is not in use.
  [[nodiscard]] T* find(std::uint32_t handle) {
    return contains(handle) ? &value(index_of(handle)) : nullptr;
  }
  [[nodiscard]] const T* find(std::uint32_t handle) const {
    return contains(handle) ? &value(index_of(handle)) : nullptr;
  }

  [[nodiscard]] bool contains(std::uint32_t handle) const { return handles_.contains(handle); }

  /// The handle must be in use.
  [[nodiscard]] T& operator[](std::uint32_t handle) {
    check(handle);
    return value(index_of(handle));
  }
  [[nodiscard]] const T& operator[](std::uint32_t handle) const {
    check(handle);
    return value(index_of(handle));
  }

  [[nodiscard]] std::uint32_t limit() const { return handles_.limit(); }
  [[nodiscard]] std::uint32_t handle_at(std::uint32_t index) const {
    return handles_.handle_at(index);
  }

  Slots() = default;
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;
  ~Slots() {
    for (std::uint32_t index = 0; index < limit(); ++index) {
      if (handle_at(index) != kNone) std::destroy_at(&value(index));
      unpoison(index);
    }
  }

 private:
  static_assert(alignof(T) <= alignof(std::max_align_t));

  [[nodiscard]] T& value(std::uint32_t index) const {
    return *reinterpret_cast<T*>(pages_.at(index, sizeof(T)));
  }

#if defined(DORMOUSE_CHECKS_SLOTS)
  void check(std::uint32_t handle) const {
    if (!contains(handle)) __builtin_trap();
  }
  void poison(std::uint32_t index) const { ASAN_POISON_MEMORY_REGION(&value(index), sizeof(T)); }
  void unpoison(std::uint32_t index) const {
    ASAN_UNPOISON_MEMORY_REGION(&value(index), sizeof(T));
  }
#else
  void check(std::uint32_t /*handle*/) const {}
  void poison(std::uint32_t /*index*/) const {}
  void unpoison(std::uint32_t /*index*/) const {}
#endif

  Pages pages_;
  Handles handles_;
};

}  // namespace dormouse
