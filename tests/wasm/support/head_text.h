// What the two codecs say about a message, as the lines of the packet vectors.
#pragma once

#include <string>
#include <string_view>

#include "engine_packet.h"
#include "names.h"
#include "socket_packet.h"
#include "text_units.h"

namespace dormouse::test {

inline std::string describe_packet(const DecodedHead& decoded, std::string_view message) {
  if (decoded.result == DecodeResult::more_head_needed) return "more head needed\n";
  if (decoded.result == DecodeResult::faulty) {
    return "! " + std::string(name_of(decoded.fault)) + "\n";
  }
  const PacketHead& head = decoded.head;
  const auto part = [&](std::string_view name, std::uint32_t from, std::uint32_t to) {
    const std::string_view text = slice_units(message, from, to);
    return std::string(name).append(text.empty() ? "" : " ").append(text).append("\n");
  };
  std::string text = std::string(name_of(head.type)) + "\n";
  if (head.attachments > 0) text += "attachments " + std::to_string(head.attachments) + "\n";
  text += "namespace " + std::string(head.name_space) + "\n";
  if (head.query_offset != kNone) text += part("query", head.query_offset, head.query_end);
  if (head.ack_id != kNoAck) text += "id " + std::to_string(head.ack_id) + "\n";
  if (head.payload_offset != kNone) text += part("payload", head.payload_offset, kNone);
  return text;
}

/// `head` is what the codecs get to see of `message`.
inline std::string describe_head(const TextHead& head, std::string_view message,
                                 EngineProtocol protocol, const Config& config) {
  const Frame frame = decode_frame(head, protocol);
  switch (frame.kind) {
  case FrameKind::more_head_needed:
    return "more head needed\n";
  case FrameKind::invalid:
    return "! unknown_engine_packet\n";
  case FrameKind::base64: {
    const std::string_view data = slice_units(message, frame.data_offset);
    return std::string("base64").append(data.empty() ? "" : " ").append(data) + "\n";
  }
  case FrameKind::packet:
    break;
  }
  if (frame.type != EnginePacketType::message) {
    return "engine " + std::string(name_of(frame.type)) + "\n";
  }
  return describe_packet(decode_packet_head(head, frame.data_offset, protocol, config), message);
}

/// Units before the payload; all of them if there is none; `kNone` if it is no Socket.IO packet.
inline std::uint32_t header_units(const TextHead& head, EngineProtocol protocol,
                                  const Config& config) {
  const Frame frame = decode_frame(head, protocol);
  if (frame.kind != FrameKind::packet || frame.type != EnginePacketType::message) return kNone;
  const DecodedHead decoded = decode_packet_head(head, frame.data_offset, protocol, config);
  if (decoded.result != DecodeResult::decoded) return kNone;
  return decoded.head.payload_offset == kNone ? head.total_units : decoded.head.payload_offset;
}

}  // namespace dormouse::test
