// A table of values under dense, reusable handles.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace dormouse {

/// Values keep their handle until freed; a freed handle is given out again. References are valid
/// until the next `take`.
template <typename T>
class Slots {
 public:
  /// A handle for a new, default-constructed value.
  [[nodiscard]] std::uint32_t take() {
    ++used_;
    if (!free_.empty()) {
      const std::uint32_t handle = free_.back();
      free_.pop_back();
      slots_[handle].used = true;
      return handle;
    }
    slots_.emplace_back().used = true;
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }

  void free(std::uint32_t handle) {
    slots_[handle] = Slot{};
    free_.push_back(handle);
    --used_;
  }

  /// Null if the handle is not in use.
  [[nodiscard]] T* find(std::uint32_t handle) {
    return contains(handle) ? &slots_[handle].value : nullptr;
  }
  [[nodiscard]] const T* find(std::uint32_t handle) const {
    return contains(handle) ? &slots_[handle].value : nullptr;
  }

  [[nodiscard]] bool contains(std::uint32_t handle) const {
    return handle < slots_.size() && slots_[handle].used;
  }

  /// The handle must be in use.
  [[nodiscard]] T& operator[](std::uint32_t handle) { return slots_[handle].value; }
  [[nodiscard]] const T& operator[](std::uint32_t handle) const { return slots_[handle].value; }

  /// One past the largest handle ever given out.
  [[nodiscard]] std::uint32_t limit() const { return static_cast<std::uint32_t>(slots_.size()); }
  /// Handles in use.
  [[nodiscard]] std::uint32_t size() const { return used_; }

 private:
  struct Slot {
    T value{};
    bool used = false;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::uint32_t used_ = 0;
};

}  // namespace dormouse
