// Names of rooms and namespaces: the main namespace's, and others as keys of trees.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dormouse {

/// The main namespace: that of packets which name none.
inline constexpr std::string_view kRootNamespace = "/";

/// Whether a name is "/". Done for every message, so without the call that comparing strings takes.
[[nodiscard]] constexpr bool is_root(std::string_view name) {
  static_assert(kRootNamespace.size() == 1);
  return name.size() == kRootNamespace.size() && name.front() == kRootNamespace.front();
}

/// A text to look up, with its hash (FNV-1a).
struct NameView {
  explicit NameView(std::string_view name) : text(name) {
    for (const char character : name) {
      hash = (hash ^ static_cast<unsigned char>(character)) * 16'777'619U;
    }
  }
  std::uint32_t hash = 2'166'136'261U;
  std::string_view text;
};

/// A key of `RoomTable` and `HandleTable`, with its hash.
struct Name {
  explicit Name(const NameView& name) : hash(name.hash), text(name.text) {}
  std::uint32_t hash;
  std::string text;
};

/// Orders by hash, so that most comparisons touch no text; names that were chosen to collide are
/// ordered by their text, and gain nothing.
struct NameOrder {
  using is_transparent = void;
  template <typename Left, typename Right>
  bool operator()(const Left& left, const Right& right) const {
    if (left.hash != right.hash) return left.hash < right.hash;
    return std::string_view(left.text) < std::string_view(right.text);
  }
};

}  // namespace dormouse
