// Engine.IO codec: the first character of a frame. Knows no session.
#pragma once

#include <cstdint>

#include "dormouse/server.h"
#include "dormouse/types.h"

namespace dormouse {

/// What a frame is, before anybody asks whether it may come now.
enum class FrameKind : std::uint8_t {
  /// An Engine.IO packet: see `type`.
  packet,
  /// Binary data written as base64 text ("b…", and "b4…" in protocol 3).
  base64,
  /// Neither: a parse error for upstream.
  invalid,
  /// The head is too short to tell.
  more_head_needed,
};

struct Frame {
  FrameKind kind = FrameKind::invalid;
  EnginePacketType type = EnginePacketType::noop;
  /// Where the packet's data starts, in bytes and in UTF-16 units alike (the header is ASCII).
  std::uint32_t data_offset = 0;
};

/// Reads the header of a text frame. Engine.IO protocol, "Packet encoding".
[[nodiscard]] Frame decode_frame(const TextHead& text, EngineProtocol protocol);

/// Reads the header of a binary frame: protocol 4 sends bare data, protocol 3 a type byte first.
///
/// Deliberately stricter than upstream in protocol 3 only: a type that does not exist, or none at
/// all, is invalid here and in base64; upstream ignores such a frame.
[[nodiscard]] Frame decode_binary_frame(std::uint32_t size, std::uint8_t first_byte,
                                        EngineProtocol protocol);

}  // namespace dormouse
