// UTF-8 text counted in UTF-16 units, as JavaScript counts it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dormouse/server.h"

namespace dormouse::test {

/// Bytes of the code point that starts with this byte.
inline std::size_t code_point_size(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

inline std::uint32_t units_of(std::string_view text) {
  std::uint32_t units = 0;
  for (std::size_t at = 0; at < text.size(); at += code_point_size(text[at])) {
    units += code_point_size(text[at]) == 4 ? 2 : 1;
  }
  return units;
}

/// The text from one unit on, up to another.
inline std::string_view slice_units(std::string_view text, std::uint32_t from,
                                    std::uint32_t to = kNone) {
  const auto byte_of = [&](std::uint32_t wanted) {
    std::size_t at = 0;
    for (std::uint32_t unit = 0; unit < wanted && at < text.size();) {
      unit += code_point_size(text[at]) == 4 ? 2 : 1;
      at += code_point_size(text[at]);
    }
    return std::min(at, text.size());
  };
  const std::size_t start = byte_of(from);
  return text.substr(start, byte_of(to) - start);
}

/// The head that a caller would show of a message: its first `size` bytes.
inline TextHead head_of(std::string_view message, std::size_t size) {
  const std::string_view head = message.substr(0, size);
  return {head, units_of(message), static_cast<std::uint32_t>(message.size())};
}

inline TextHead whole(std::string_view message) { return head_of(message, message.size()); }

}  // namespace dormouse::test
