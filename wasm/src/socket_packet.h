// Socket.IO codec: packet heads. Knows no session, and never looks at payloads.
#pragma once

#include <cstdint>
#include <string_view>

#include "dormouse/error.h"
#include "dormouse/server.h"
#include "dormouse/types.h"

namespace dormouse {

/// Everything of a packet before its payload. Views are borrowed from the input.
struct PacketHead {
  PacketType type = PacketType::connect;
  /// Only of BINARY_EVENT and BINARY_ACK.
  std::uint32_t attachments = 0;
  /// "/" when the packet names none. Without the query that protocol 3 allows.
  std::string_view name_space;
  AckId ack_id = kNoAck;
  /// Where the payload starts, in UTF-16 units of the message; `kNone` if there is none.
  std::uint32_t payload_offset = kNone;
  /// Protocol 3: the query behind the namespace, in UTF-16 units; `kNone` if there is none. Only
  /// the size of messages limits it.
  std::uint32_t query_offset = kNone;
  std::uint32_t query_end = kNone;
};

enum class DecodeResult : std::uint8_t { decoded, more_head_needed, faulty };

struct DecodedHead {
  DecodeResult result = DecodeResult::faulty;
  /// Only if faulty.
  Fault fault = Fault::unknown_packet_type;
  PacketHead head;
};

/// Decodes the head of the Socket.IO packet that starts at byte (and unit) `start` of a message.
/// Socket.IO protocol, "Packet encoding":
/// `<type>[<attachments>-][<namespace>,][<ack id>][<payload>]`.
///
/// Deliberately stricter than socket.io-parser 4.2.7, which reads numbers as JavaScript does:
///   - types, attachment counts and ack ids are digits only (no blanks, no "1e1", no "1.0"), at
///     most sixteen of them;
///   - ack ids are at most 2^53 - 1;
///   - an empty packet is not a CONNECT;
///   - namespace names have a length limit.
/// And in protocol 3, where upstream passes the namespace through `new URL()`, it is taken as it is
/// written (up to the query), and a CONNECT's JSON payload is not looked at, only the query.
[[nodiscard]] DecodedHead decode_packet_head(const TextHead& text, std::uint32_t start,
                                             EngineProtocol protocol, const Config& config);

}  // namespace dormouse
