// Vocabulary shared by the codec, the sessions and the boundary: handles, packet types, limits.
#pragma once

#include <cstdint>
#include <string_view>

namespace dormouse {

/// Dense index of a connection (one WebSocket). Reused after the connection is gone.
using ConnectionHandle = std::uint32_t;
/// Dense index of a Socket.IO session: one client in one namespace. Reused after `release`.
using SessionHandle = std::uint32_t;
/// Dense index of a namespace. Reused after `remove_namespace`.
using NamespaceHandle = std::uint32_t;

/// No handle, no offset, no value.
inline constexpr std::uint32_t kNone = 0xFFFF'FFFF;

/// Milliseconds since the Unix epoch, as the host's clock tells them. Always an argument.
using Milliseconds = double;

/// No deadline.
inline constexpr Milliseconds kNever = 9007199254740991.0;

/// Ack ids travel as JavaScript numbers, so they stop at 2^53 - 1.
using AckId = std::uint64_t;
inline constexpr AckId kMaxAckId = 9007199254740991;
/// "This packet asks for no acknowledgement."
inline constexpr AckId kNoAck = 0xFFFF'FFFF'FFFF'FFFF;

/// Engine.IO protocol revision, the `EIO` query parameter.
enum class EngineProtocol : std::uint8_t { v3 = 3, v4 = 4 };

/// Engine.IO protocol, "Packet types". The values are the digits on the wire.
#define DORMOUSE_ENGINE_PACKET_TYPES(X) \
  X(open, 0)                            \
  X(close, 1)                           \
  X(ping, 2)                            \
  X(pong, 3)                            \
  X(message, 4)                         \
  X(upgrade, 5)                         \
  X(noop, 6)

enum class EnginePacketType : std::uint8_t {
#define X(name, value) name = (value),
  DORMOUSE_ENGINE_PACKET_TYPES(X)
#undef X
};

/// Socket.IO protocol, "Packet types". The values are the digits on the wire.
#define DORMOUSE_PACKET_TYPES(X) \
  X(connect, 0)                  \
  X(disconnect, 1)               \
  X(event, 2)                    \
  X(ack, 3)                      \
  X(connect_error, 4)            \
  X(binary_event, 5)             \
  X(binary_ack, 6)

enum class PacketType : std::uint8_t {
#define X(name, value) name = (value),
  DORMOUSE_PACKET_TYPES(X)
#undef X
};

/// Who tells the core that a client is alive between two heartbeats.
enum class PongSource : std::uint8_t {
  /// Every pong reaches `handle_text`; a silent connection is found as soon as it is overdue.
  message = 0,
  /// The platform answers pongs while the object sleeps. Their time is handed in through
  /// `note_heard` before `handle_timeout`, and only heartbeats look at it, so that N clients cost
  /// one wake an interval.
  auto_response = 1,
};

/// Who reads and writes Socket.IO packets.
enum class PacketCodec : std::uint8_t {
  /// The core: text heads and JSON payloads (`socket.io-parser`).
  text = 0,
  /// The caller (the `parser` option): messages come out as `message` effects, packets come back
  /// through `handle_packet`, and what the core itself has to say goes out as `packet` effects.
  external = 1,
};

/// Times in milliseconds, sizes in bytes. Defaults are those of `socket.io` 4.8 where it has them.
struct Config {
  std::uint32_t ping_interval = 25'000;
  std::uint32_t ping_timeout = 20'000;
  /// A connection that has joined no namespace by then is closed.
  std::uint32_t connect_timeout = 45'000;
  /// Upstream's `maxHttpBufferSize`: the largest WebSocket message a client may send.
  std::uint32_t max_payload = 1'000'000;
  /// Binary attachments of one packet (socket.io-parser >= 4.2.6 has the same bound).
  std::uint32_t max_attachments = 10;
  /// UTF-8 bytes of a namespace name in a packet.
  std::uint32_t max_namespace_length = 1'024;
  /// Namespaces one connection may be in, or be asking for, at a time.
  std::uint32_t max_sessions_per_connection = 1'000;
  /// Connections of one object (32,768 is the platform's own limit).
  std::uint32_t max_connections = 32'768;
  PongSource pong_source = PongSource::message;
  PacketCodec packet_codec = PacketCodec::text;
};

}  // namespace dormouse
