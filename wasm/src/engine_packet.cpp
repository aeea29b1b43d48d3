#include "engine_packet.h"

#include <string_view>

namespace dormouse {

namespace {

constexpr std::uint8_t kLastType = static_cast<std::uint8_t>(EnginePacketType::noop);

/// `digit` as a packet type, or an invalid frame.
Frame packet(std::uint32_t digit, std::uint32_t data_offset) {
  if (digit > kLastType) return {};
  return {FrameKind::packet, static_cast<EnginePacketType>(digit), data_offset};
}

/// The head ends before this unit; the message may have it.
Frame missing(const TextHead& text, std::uint32_t unit) {
  return {.kind = unit < text.total_units ? FrameKind::more_head_needed : FrameKind::invalid};
}

}  // namespace

Frame decode_frame(const TextHead& text, EngineProtocol protocol) {
  const std::string_view head = text.bytes;
  if (head.empty()) return missing(text, 0);
  if (head.front() != 'b') return packet(static_cast<unsigned char>(head.front()) - '0', 1);
  if (protocol == EngineProtocol::v4) return {FrameKind::base64, EnginePacketType::message, 1};
  if (head.size() < 2) return missing(text, 1);
  const Frame inner = packet(static_cast<unsigned char>(head[1]) - '0', 2);
  if (inner.kind != FrameKind::packet || inner.type != EnginePacketType::message) return inner;
  return {FrameKind::base64, EnginePacketType::message, 2};
}

Frame decode_binary_frame(std::uint32_t size, std::uint8_t first_byte, EngineProtocol protocol) {
  if (protocol == EngineProtocol::v4) return {FrameKind::packet, EnginePacketType::message, 0};
  return size == 0 ? Frame{} : packet(first_byte, 1);
}

}  // namespace dormouse
