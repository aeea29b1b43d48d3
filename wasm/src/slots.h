// A table of values under dense, reusable handles.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace dormouse {

/// Values keep their handle, and their address, until freed; a freed handle is given out again.
/// They live in pages, so that a growing table neither moves nor doubles.
template <typename T>
class Slots {
 public:
  /// A handle for a new, default-constructed value.
  [[nodiscard]] std::uint32_t take() {
    std::uint32_t handle = limit_;
    if (free_.empty()) {
      if (limit_++ % kPageSize == 0) pages_.push_back(std::make_unique<Page>());
    } else {
      handle = free_.back();
      free_.pop_back();
    }
    page(handle).used |= bit(handle);
    return handle;
  }

  /// The handle must be in use.
  void free(std::uint32_t handle) {
    page(handle).used &= ~bit(handle);
    T* value = &(*this)[handle];
    std::destroy_at(value);
    std::construct_at(value);
    free_.push_back(handle);
  }

  /// Null if the handle is not in use.
  [[nodiscard]] T* find(std::uint32_t handle) {
    return contains(handle) ? &(*this)[handle] : nullptr;
  }
  [[nodiscard]] const T* find(std::uint32_t handle) const {
    return contains(handle) ? &(*this)[handle] : nullptr;
  }

  [[nodiscard]] bool contains(std::uint32_t handle) const {
    return handle < limit_ && (page(handle).used & bit(handle)) != 0;
  }

  /// The handle must be in use.
  [[nodiscard]] T& operator[](std::uint32_t handle) {
    return page(handle).values[handle % kPageSize];
  }
  [[nodiscard]] const T& operator[](std::uint32_t handle) const {
    return page(handle).values[handle % kPageSize];
  }

  /// One past the largest handle ever given out.
  [[nodiscard]] std::uint32_t limit() const { return limit_; }

 private:
  static constexpr std::uint32_t kPageSize = 16;

  struct Page {
    /// One bit for each value.
    std::uint32_t used = 0;
    T values[kPageSize] = {};
  };

  [[nodiscard]] static std::uint32_t bit(std::uint32_t handle) {
    return 1U << (handle % kPageSize);
  }
  [[nodiscard]] Page& page(std::uint32_t handle) const { return *pages_[handle / kPageSize]; }

  std::vector<std::unique_ptr<Page>> pages_;
  std::vector<std::uint32_t> free_;
  std::uint32_t limit_ = 0;
};

}  // namespace dormouse
