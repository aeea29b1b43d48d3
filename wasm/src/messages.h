// Leads what clients send through the codecs to the sessions, and ends connections: for a fault, or
// for any other reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "dormouse/error.h"
#include "dormouse/server.h"
#include "effect_queue.h"
#include "engine_session.h"
#include "socket_packet.h"
#include "socket_session.h"
#include "state.h"

namespace dormouse {

class Messages {
 public:
  Messages(const State& state, EffectQueue& effects, EngineSessions& engine,
           SocketSessions& sockets)
      : state_(state), effects_(effects), engine_(engine), sockets_(sockets) {}

  /// The head of a message that is a Socket.IO packet with a payload; nothing for any other.
  [[nodiscard]] static std::optional<PacketHead>
  read_head(const TextHead& text, EngineProtocol protocol, const Config& config);

  // Inputs. A peer's fault ends the connection, which must be open.

  /// `more_head_needed`, or `ok`.
  Status handle_text(ConnectionHandle connection, const TextHead& text);
  void handle_binary(ConnectionHandle connection, std::uint32_t size, std::uint8_t first_byte);
  /// A packet that an external codec has decoded.
  void handle_packet(ConnectionHandle connection, PacketType type, std::string_view name_space,
                     AckId ack_id);

  /// Ends a connection for a fault, of which its sessions are told.
  void punish(ConnectionHandle connection, Fault fault);
  /// Ends a connection: asks for its transports to be closed, for a fault or without one, and then
  /// ends its sessions.
  void shut(ConnectionHandle connection, DisconnectReason reason, std::uint16_t code,
            std::optional<Fault> fault);
  /// Ends a connection whose transport is closed already.
  void drop(ConnectionHandle connection, DisconnectReason reason);

 private:
  Status handle_socket_packet(ConnectionHandle connection, const TextHead& text,
                              std::uint32_t start);
  /// Binary data, or base64 text from `offset` on.
  void handle_data(ConnectionHandle connection, std::uint32_t offset);

  const State& state_;
  EffectQueue& effects_;
  EngineSessions& engine_;
  SocketSessions& sockets_;
};

}  // namespace dormouse
