// Turns the fuzzer's bytes into decisions. When they run out, every decision is 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace dormouse::fuzz {

class ByteSource {
 public:
  ByteSource(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  /// Less than `limit`.
  std::uint32_t number(std::uint32_t limit) { return byte() % limit; }

  /// A text whose length comes first.
  std::string_view text() {
    const std::size_t size = byte() % 64;
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(value.size());
    return value;
  }

  std::string_view rest() { return std::exchange(rest_, {}); }

  template <std::size_t size>
  std::string_view pick(const std::string_view (&list)[size]) {
    return list[number(size)];
  }

 private:
  std::string_view rest_;
};

}  // namespace dormouse::fuzz
