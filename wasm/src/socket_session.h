// Socket.IO sessions: one client in one namespace. Their states, and what moves them, are in
// session_table.h. A connection that is lost ends its sessions in every state, so that the
// application side always learns of the end in one way.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dormouse/server.h"
#include "effect_queue.h"
#include "namespaces.h"
#include "rooms.h"
#include "snapshot.h"
#include "socket_packet.h"
#include "state.h"

namespace dormouse {

class SocketSessions {
 public:
  SocketSessions(State& state, EffectQueue& effects, Rooms& rooms, Namespaces& namespaces)
      : state_(state), effects_(effects), rooms_(rooms), namespaces_(namespaces) {}

  // Inputs return the peer's fault, if there is one. The connection must be open.

  [[nodiscard]] std::optional<Fault> handle_packet(ConnectionHandle connection,
                                                   const PacketHead& head);
  /// The session to which an EVENT or ACK with this head is to be delivered; `kNone` if the head is
  /// of another packet, or the packet may not come now.
  [[nodiscard]] SessionHandle recipient_of(const Connection& connection,
                                           const PacketHead& head) const;
  /// Whether text may come now.
  [[nodiscard]] static std::optional<Fault> check_text(const Connection& connection);
  /// A binary message, or base64 text from `offset` on.
  [[nodiscard]] std::optional<Fault> handle_attachment(ConnectionHandle connection,
                                                       std::uint32_t offset);
  /// Protocol 3: opening the connection is connecting to "/".
  void connect_implicitly(ConnectionHandle connection);

  Status assign(SessionHandle session, NamespaceHandle name_space, std::string_view id);
  Status rename(SessionHandle session, std::string_view id);
  Status admit(SessionHandle session, std::string_view recovery_id);
  Status refuse(SessionHandle session, std::string_view payload);
  Status reject(SessionHandle session);
  Status disconnect(SessionHandle session);
  Status close(SessionHandle session, DisconnectReason reason);
  Status release(SessionHandle session);
  Status join(SessionHandle session, std::string_view room, std::uint32_t& change);
  Status leave(SessionHandle session, std::string_view room, std::uint32_t& change);
  Status unlist(SessionHandle session);
  Status allocate_ack(SessionHandle session, AckId& id);
  Status allocate_broadcast_ack(NamespaceHandle name_space, std::span<const SessionHandle> sessions,
                                AckId& id);

  /// Tells every connected session of a connection about a fault.
  void report_fault(ConnectionHandle connection, Fault fault);
  /// Ends every session of a connection.
  void lose_all(ConnectionHandle connection, DisconnectReason reason);
  /// Brings back the sessions of a restored connection, and its pending packet. Sessions whose
  /// middlewares had not finished ask again.
  void restore(ConnectionHandle connection, const ConnectionRecord& record);

 private:
  /// The session of a connection that packets for a namespace find; `kNone` if there is none.
  [[nodiscard]] SessionHandle find(const Connection& connection, std::string_view name) const;
  /// Whether a command may come now.
  [[nodiscard]] Status permit(SessionHandle session, SessionCommand command) const;
  [[nodiscard]] std::optional<Fault> begin(ConnectionHandle connection, const PacketHead& head);
  /// Whether one more session may be asked for.
  [[nodiscard]] bool has_space(ConnectionHandle connection, std::string_view name) const;
  void collect(ConnectionHandle connection, const PacketHead& head, SessionHandle session);
  void send(SessionHandle session, PacketType type, std::string_view payload);
  /// Ends a session for the client; it stays for the application until `release`.
  void end(SessionHandle session, SessionState next, DisconnectReason reason);
  void remove(SessionHandle session);
  void restore_session(SessionHandle session, const SessionRecord& record,
                       std::span<const std::string_view> rooms);

  /// Adds a session. Its namespace counts it from now on.
  SessionHandle add(ConnectionHandle connection, NamespaceHandle name_space, SessionState state);

  State& state_;
  EffectQueue& effects_;
  Rooms& rooms_;
  Namespaces& namespaces_;
};

}  // namespace dormouse
