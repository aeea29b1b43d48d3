// A list of handles that nearly always has one, and keeps that one inside.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace dormouse {

/// In the order in which they were added. Lists that grow keep their memory until they are gone.
class ShortList {
 public:
  ShortList() = default;
  ShortList(const ShortList&) = delete;
  ShortList& operator=(const ShortList&) = delete;
  ~ShortList() {
    if (has_many()) delete[] many_;
  }

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] const std::uint32_t* begin() const { return has_many() ? many_ : &one_; }
  [[nodiscard]] const std::uint32_t* end() const { return begin() + size_; }
  [[nodiscard]] std::uint32_t front() const { return *begin(); }
  [[nodiscard]] std::uint32_t operator[](std::uint32_t place) const { return begin()[place]; }
  [[nodiscard]] std::span<const std::uint32_t> view() const { return {begin(), size_}; }

  void push_back(std::uint32_t handle) {
    if (size_ == capacity_) grow();
    data()[size_++] = handle;
  }

  /// It must be there.
  void remove(std::uint32_t handle) {
    std::uint32_t* const place = std::find(data(), data() + size_, handle);
    std::copy(place + 1, data() + size_, place);
    --size_;
  }

 private:
  [[nodiscard]] bool has_many() const { return capacity_ > 1; }
  [[nodiscard]] std::uint32_t* data() { return has_many() ? many_ : &one_; }

  void grow() {
    auto* const larger = new std::uint32_t[capacity_ * 2];
    std::copy(begin(), end(), larger);
    if (has_many()) delete[] many_;
    many_ = larger;
    capacity_ *= 2;
  }

  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 1;
  union {
    std::uint32_t one_ = 0;
    std::uint32_t* many_;
  };
};

}  // namespace dormouse
