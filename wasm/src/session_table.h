// The states of Engine.IO and Socket.IO sessions and everything that moves them, as tables. The
// code runs on them, and wasm/README.md's tables are made from them (`npm run generate`).
#pragma once

#include <cstddef>
#include <cstdint>

#include "dormouse/types.h"

namespace dormouse {

// --- Socket.IO sessions --------------------------------------------------------------------------

/// absent      a free slot; for the client: there is no session in that namespace.
/// resolving   the application decides whether there is such a namespace (dynamic ones are asked
///             for); the name is known, nothing else.
/// connecting  middlewares run. The session has its id and may join rooms, but gets no broadcasts.
/// connected   packets flow.
///
/// Then the session is over for the client, and no packet finds it any more: a new CONNECT makes a
/// new one beside it. It stays for the application until `release`:
///
/// closing     was connected: `disconnecting` listeners still see its rooms, and broadcasts still
///             count it (upstream's `namespace.sockets` does).
/// cancelled   the client was lost while middlewares ran.
/// withdrawn   the client was lost before anybody knew the namespace.
#define DORMOUSE_SESSION_STATES(X) \
  X(absent)                        \
  X(resolving)                     \
  X(connecting)                    \
  X(connected)                     \
  X(closing)                       \
  X(cancelled)                     \
  X(withdrawn)

enum class SessionState : std::uint8_t {
#define X(name) name,
  DORMOUSE_SESSION_STATES(X)
#undef X
};
inline constexpr std::size_t kSessionStates = 7;
/// Packets find a session only in the first so many states.
inline constexpr std::size_t kWireStates = 4;

[[nodiscard]] constexpr bool is_on_wire(SessionState state) {
  return state != SessionState::absent && static_cast<std::size_t>(state) < kWireStates;
}
/// Whether the client has asked to join, and is neither admitted nor gone.
[[nodiscard]] constexpr bool is_pending(SessionState state) {
  return state == SessionState::resolving || state == SessionState::connecting;
}

/// violate  the packet does not fit the state: the connection ends.
/// begin    the application is asked.
/// end      the client leaves the namespace.
/// deliver  an event or ack effect.
/// collect  the packet is complete when its attachments are there.
#define DORMOUSE_PACKET_ACTIONS(X) \
  X(violate)                       \
  X(begin)                         \
  X(end)                           \
  X(deliver)                       \
  X(collect)

enum class PacketAction : std::uint8_t {
#define X(name) name,
  DORMOUSE_PACKET_ACTIONS(X)
#undef X
};

struct PacketStep {
  PacketAction action = PacketAction::violate;
  SessionState next = SessionState::absent;
};

/// Rows: packet types in the order of their digits. Columns: the state of the session in the
/// namespace that the packet names, absent to connected.
inline constexpr PacketStep kPacketTable[][kWireStates] = {
    /* CONNECT */ {{PacketAction::begin, SessionState::resolving}, {}, {}, {}},
    /* DISCONNECT */ {{}, {}, {}, {PacketAction::end, SessionState::closing}},
    /* EVENT */ {{}, {}, {}, {PacketAction::deliver, SessionState::connected}},
    /* ACK */ {{}, {}, {}, {PacketAction::deliver, SessionState::connected}},
    /* CONNECT_ERROR */ {{}, {}, {}, {}},
    /* BINARY_EVENT */ {{}, {}, {}, {PacketAction::collect, SessionState::connected}},
    /* BINARY_ACK */ {{}, {}, {}, {PacketAction::collect, SessionState::connected}},
};

/// Commands of the application, and `lose`: the connection is over. `resume` brings a connected
/// session back from a snapshot; one that was not connected yet begins anew.
#define DORMOUSE_SESSION_COMMANDS(X) \
  X(resume)                          \
  X(assign)                          \
  X(rename)                          \
  X(admit)                           \
  X(refuse)                          \
  X(reject)                          \
  X(disconnect)                      \
  X(close)                           \
  X(lose)                            \
  X(use_rooms)                       \
  X(unlist)                          \
  X(allocate_ack)                    \
  X(release)

enum class SessionCommand : std::uint8_t {
#define X(name) name,
  DORMOUSE_SESSION_COMMANDS(X)
#undef X
};

/// The state that a command leads to, and whether it is allowed at all.
struct CommandStep {
  bool is_allowed = false;
  SessionState next = SessionState::absent;
};

namespace table {
inline constexpr CommandStep no = {};
[[nodiscard]] constexpr CommandStep to(SessionState next) { return {true, next}; }
inline constexpr CommandStep to_absent = to(SessionState::absent);
inline constexpr CommandStep to_resolving = to(SessionState::resolving);
inline constexpr CommandStep to_connecting = to(SessionState::connecting);
inline constexpr CommandStep to_connected = to(SessionState::connected);
inline constexpr CommandStep to_closing = to(SessionState::closing);
inline constexpr CommandStep to_cancelled = to(SessionState::cancelled);
inline constexpr CommandStep to_withdrawn = to(SessionState::withdrawn);
}  // namespace table

// clang-format off
/// Rows: `SessionCommand`. Columns: `SessionState`.
inline constexpr CommandStep kCommandTable[][kSessionStates] = {
    //                  absent               resolving            connecting           connected            closing            cancelled            withdrawn
    /* resume */       {table::to_connected, table::no,           table::no,           table::no,           table::no,         table::no,           table::no},
    /* assign */       {table::no,           table::to_connecting,table::no,           table::no,           table::no,         table::no,           table::no},
    /* rename */       {table::no,           table::no,           table::to_connecting,table::no,           table::no,         table::no,           table::no},
    /* admit */        {table::no,           table::no,           table::to_connected, table::no,           table::no,         table::no,           table::no},
    /* refuse */       {table::no,           table::no,           table::to_absent,    table::no,           table::no,         table::no,           table::no},
    /* reject */       {table::no,           table::to_absent,    table::no,           table::no,           table::no,         table::no,           table::no},
    /* disconnect */   {table::no,           table::no,           table::no,           table::to_closing,   table::no,         table::no,           table::no},
    /* close */        {table::no,           table::no,           table::no,           table::to_closing,   table::no,         table::no,           table::no},
    /* lose */         {table::no,           table::to_withdrawn, table::to_cancelled, table::to_closing,   table::no,         table::no,           table::no},
    /* use_rooms */    {table::no,           table::no,           table::to_connecting,table::to_connected, table::to_closing, table::to_cancelled, table::no},
    /* unlist */       {table::no,           table::no,           table::no,           table::to_connected, table::to_closing, table::no,           table::no},
    /* allocate_ack */ {table::no,           table::to_resolving, table::to_connecting,table::to_connected, table::to_closing, table::to_cancelled, table::to_withdrawn},
    /* release */      {table::no,           table::no,           table::no,           table::no,           table::to_absent,  table::to_absent,    table::to_absent},
};
// clang-format on

[[nodiscard]] constexpr const PacketStep& step_of(PacketType packet, SessionState state) {
  return kPacketTable[static_cast<std::size_t>(packet)][static_cast<std::size_t>(state)];
}
[[nodiscard]] constexpr const CommandStep& step_of(SessionCommand command, SessionState state) {
  return kCommandTable[static_cast<std::size_t>(command)][static_cast<std::size_t>(state)];
}

// --- attachments ---------------------------------------------------------------------------------

/// idle        nothing is awaited.
/// collecting  a packet's attachments are awaited.
/// orphaned    the same, but its session is over by now.
#define DORMOUSE_COLLECTION_STATES(X) \
  X(idle)                             \
  X(collecting)                       \
  X(orphaned)

enum class CollectionState : std::uint8_t {
#define X(name) name,
  DORMOUSE_COLLECTION_STATES(X)
#undef X
};

/// binary_head  the text was a packet with attachments.
/// session_end  the session that the packet is for is over.
#define DORMOUSE_COLLECTION_INPUTS(X) \
  X(text)                             \
  X(binary_head)                      \
  X(attachment)                       \
  X(last_attachment)                  \
  X(session_end)

enum class CollectionInput : std::uint8_t {
#define X(name) name,
  DORMOUSE_COLLECTION_INPUTS(X)
#undef X
};

/// refuse   text between attachments, or an attachment that no packet awaits: a fault.
/// decode   the text is a packet.
/// keep     attachments are still awaited.
/// deliver  the packet is complete.
/// violate  the packet is complete, but its session is over.
#define DORMOUSE_COLLECTION_ACTIONS(X) \
  X(refuse)                            \
  X(decode)                            \
  X(keep)                              \
  X(deliver)                           \
  X(violate)

enum class CollectionAction : std::uint8_t {
#define X(name) name,
  DORMOUSE_COLLECTION_ACTIONS(X)
#undef X
};

struct CollectionStep {
  CollectionAction action = CollectionAction::refuse;
  /// Where it leads, unless it is refused.
  CollectionState next = CollectionState::idle;
};

/// Rows: `CollectionInput`. Columns: `CollectionState`.
inline constexpr CollectionStep kCollectionTable[][3] = {
    /* text */ {{CollectionAction::decode, CollectionState::idle}, {}, {}},
    /* binary_head */ {{CollectionAction::keep, CollectionState::collecting}, {}, {}},
    /* attachment */
    {{},
     {CollectionAction::keep, CollectionState::collecting},
     {CollectionAction::keep, CollectionState::orphaned}},
    /* last_attachment */
    {{},
     {CollectionAction::deliver, CollectionState::idle},
     {CollectionAction::violate, CollectionState::idle}},
    /* session_end */ {{}, {CollectionAction::keep, CollectionState::orphaned}, {}},
};

[[nodiscard]] constexpr const CollectionStep& step_of(CollectionInput input,
                                                      CollectionState state) {
  return kCollectionTable[static_cast<std::size_t>(input)][static_cast<std::size_t>(state)];
}

// --- Engine.IO sessions --------------------------------------------------------------------------

/// opened  no namespace was joined yet: the connect timeout runs.
/// joined  one was, at some time: the connect timeout is off for good, as upstream.
/// closed  it has no transport any more. It stays until the last of its Socket.IO sessions is
///         released, so that listeners can still read them.
#define DORMOUSE_CONNECTION_STATES(X) \
  X(opened)                           \
  X(joined)                           \
  X(closed)

enum class ConnectionState : std::uint8_t {
#define X(name) name,
  DORMOUSE_CONNECTION_STATES(X)
#undef X
};

#define DORMOUSE_CONNECTION_COMMANDS(X) \
  X(join)                               \
  X(close)

enum class ConnectionCommand : std::uint8_t {
#define X(name) name,
  DORMOUSE_CONNECTION_COMMANDS(X)
#undef X
};

/// Rows: `ConnectionCommand`. Columns: `ConnectionState`.
inline constexpr ConnectionState kConnectionTable[][3] = {
    /* join */ {ConnectionState::joined, ConnectionState::joined, ConnectionState::closed},
    /* close */ {ConnectionState::closed, ConnectionState::closed, ConnectionState::closed},
};

[[nodiscard]] constexpr ConnectionState state_after(ConnectionCommand command,
                                                    ConnectionState state) {
  return kConnectionTable[static_cast<std::size_t>(command)][static_cast<std::size_t>(state)];
}

/// ignore       nothing.
/// answer_ping  a pong is sent; the client is alive.
/// note_pong    the client is alive.
/// deliver      to the Socket.IO session.
/// fault        the heartbeat goes the other way in this protocol.
#define DORMOUSE_ENGINE_ACTIONS(X) \
  X(ignore)                        \
  X(answer_ping)                   \
  X(note_pong)                     \
  X(deliver)                       \
  X(fault)

enum class EngineAction : std::uint8_t {
#define X(name) name,
  DORMOUSE_ENGINE_ACTIONS(X)
#undef X
};

/// Rows: packet types in the order of their digits. Columns: protocol 4, protocol 3. A close packet
/// is ignored because the transport's own close ends the session, as upstream.
inline constexpr EngineAction kEngineTable[][2] = {
    /* open */ {EngineAction::ignore, EngineAction::ignore},
    /* close */ {EngineAction::ignore, EngineAction::ignore},
    /* ping */ {EngineAction::fault, EngineAction::answer_ping},
    /* pong */ {EngineAction::note_pong, EngineAction::fault},
    /* message */ {EngineAction::deliver, EngineAction::deliver},
    /* upgrade */ {EngineAction::ignore, EngineAction::ignore},
    /* noop */ {EngineAction::ignore, EngineAction::ignore},
};

[[nodiscard]] constexpr EngineAction action_of(EnginePacketType packet, EngineProtocol protocol) {
  return kEngineTable[static_cast<std::size_t>(packet)][protocol == EngineProtocol::v4 ? 0 : 1];
}

#define DORMOUSE_TRANSPORT_STATES(X) \
  X(websocket)                       \
  X(polling)                         \
  X(upgrading)

#define DORMOUSE_TRANSPORT_COMMANDS(X) \
  X(begin_upgrade)                     \
  X(finish_upgrade)                    \
  X(abandon_upgrade)

enum class TransportCommand : std::uint8_t {
#define X(name) name,
  DORMOUSE_TRANSPORT_COMMANDS(X)
#undef X
};

struct TransportStep {
  bool is_allowed = false;
  Transport next = Transport::websocket;
};

/// Rows: `TransportCommand`. Columns: `Transport`. Losing the transport itself ends the session;
/// losing the WebSocket that is being probed only abandons the upgrade.
inline constexpr TransportStep kTransportTable[][3] = {
    /* begin_upgrade */ {{}, {true, Transport::upgrading}, {}},
    /* finish_upgrade */ {{}, {}, {true, Transport::websocket}},
    /* abandon_upgrade */ {{}, {}, {true, Transport::polling}},
};

[[nodiscard]] constexpr const TransportStep& step_of(TransportCommand command,
                                                     Transport transport) {
  return kTransportTable[static_cast<std::size_t>(command)][static_cast<std::size_t>(transport)];
}

}  // namespace dormouse
