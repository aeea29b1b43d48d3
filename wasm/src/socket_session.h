// Socket.IO sessions: one client in one namespace.
//
// States and who moves them (a free slot is "absent"):
//
//            CONNECT             assign               admit
//   absent ───────────> resolving ─────> connecting ────────> connected
//     ^                     │                │                    │
//     │                     │ reject         │ refuse             │ DISCONNECT packet,
//     │                     │                │                    │ disconnect, close
//     ├─────────────────────┴────────────────┘                    │
//     │     release                                               v
//     └────────────────────────────────────────────────────── closing
//
// - resolving: the application decides whether there is such a namespace (dynamic ones are asked
//   for); the name is known, nothing else.
// - connecting: middlewares run. The session has its id and may join rooms, but gets no broadcasts.
// - connected: packets flow.
// - closing: over for the client; `disconnecting` listeners still see the rooms, and broadcasts
//   still count it (upstream's `namespace.sockets` does) if it ever was connected.
//
// A connection that is lost moves its sessions to closing from every state, so that the application
// side always learns of the end in one way.
//
// What a packet from the client does, by the state of the session in the namespace it names.
// Upstream closes the whole connection when a packet does not fit ("violate"), and so do we: a
// client that is out of step cannot be put back in step.
//
//                  absent     resolving   connecting   connected   closing
//   CONNECT        begin      violate     violate      violate     violate
//   DISCONNECT     violate    violate     violate      close       violate
//   EVENT          violate    violate     violate      deliver     violate
//   ACK            violate    violate     violate      deliver     violate
//   CONNECT_ERROR  violate    violate     violate      violate     violate
//   BINARY_EVENT   violate    violate     violate      collect     violate
//   BINARY_ACK     violate    violate     violate      collect     violate
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dormouse/server.h"
#include "effect_queue.h"
#include "rooms.h"
#include "socket_packet.h"
#include "state.h"

namespace dormouse {

class SocketSessions {
 public:
  SocketSessions(State& state, EffectQueue& effects, Rooms& rooms)
      : state_(state), effects_(effects), rooms_(rooms) {}

  // Inputs answer with the peer's fault, if there is one. The connection must be open.

  [[nodiscard]] std::optional<Fault> handle_packet(ConnectionHandle connection,
                                                   const PacketHead& head);
  /// A binary message, or base64 text from `offset` on.
  [[nodiscard]] std::optional<Fault> handle_attachment(ConnectionHandle connection,
                                                       std::uint32_t offset);
  /// Protocol 3: opening the connection is connecting to "/".
  void connect_implicitly(ConnectionHandle connection);

  Status assign(SessionHandle session, NamespaceHandle name_space, std::string_view id);
  Status admit(SessionHandle session, std::string_view recovery_id);
  Status refuse(SessionHandle session, std::string_view payload);
  Status reject(SessionHandle session);
  Status disconnect(SessionHandle session);
  Status close(SessionHandle session, DisconnectReason reason);
  Status release(SessionHandle session);

  /// Tells every connected session of a connection about a fault.
  void report_fault(ConnectionHandle connection, Fault fault);
  /// Moves every session of a connection to closing.
  void close_all(ConnectionHandle connection, DisconnectReason reason);

  /// The handle of a name, which gets one if it has none yet.
  NamespaceHandle mention_namespace(std::string_view name);
  /// Adds a session that was restored. Its namespace counts it from now on.
  SessionHandle add(ConnectionHandle connection, NamespaceHandle name_space, SessionState state);
  /// Asks the application to admit a restored session whose middlewares had not finished.
  void ask_again(SessionHandle session);
  /// Frees a namespace that is neither open nor mentioned by any session.
  void forget_namespace_if_unused(NamespaceHandle name_space);

 private:
  [[nodiscard]] SessionHandle find(ConnectionHandle connection, std::string_view name) const;
  [[nodiscard]] std::optional<Fault> begin(ConnectionHandle connection, const PacketHead& head);
  void deliver(PacketType type, const Delivery& delivery);
  void collect(ConnectionHandle connection, const PacketHead& head, SessionHandle session);
  void send(SessionHandle session, PacketType type, std::string_view payload);
  void move_to_closing(SessionHandle session, DisconnectReason reason);
  void remove(SessionHandle session);

  State& state_;
  EffectQueue& effects_;
  Rooms& rooms_;
};

}  // namespace dormouse
