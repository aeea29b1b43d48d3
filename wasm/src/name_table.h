// Names to handles: namespaces of a server, rooms of a namespace.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace dormouse {

/// FNV-1a. Room names may be chosen by peers; the seed is per server so that nobody can prepare
/// names that collide.
struct NameHash {
  using is_transparent = void;
  std::uint32_t seed = 0;

  [[nodiscard]] std::size_t operator()(std::string_view name) const {
    std::uint32_t hash = 2'166'136'261U ^ seed;
    for (const char character : name) {
      hash = (hash ^ static_cast<unsigned char>(character)) * 16'777'619U;
    }
    // The table takes the low bits, which FNV mixes least.
    return hash ^ (hash >> 15U);
  }
};

/// Keys do not move while they are in the table, so views of them may be kept.
using NameTable = std::unordered_map<std::string, std::uint32_t, NameHash, std::equal_to<>>;

}  // namespace dormouse
