// Writes a connection as bytes, and reads it back after a sleep or a trap.
//
// Layout (version 2; integers are LEB128 unless said otherwise, texts are length and bytes, times
// are eight bytes, a double little-endian):
//
//   u8    version
//   u8    flags: 1 protocol 3, 2 has joined a namespace, 4 a ping is unanswered, 8 polling
//   time  opened at, last heard, a point of the heartbeat grid, and with flag 4 when it was asked
//   text  Engine.IO id
//   n     sessions, each:
//           u8    0 waiting (resolving or connecting), 1 connected, 2 connected and unlisted
//           text  namespace
//           n     next ack id
//           and if connected:
//           text  id, recovery id
//           n     rooms, each a text
//   n     attachments that the pending packet still lacks; if any:
//           u8    packet type
//           n     its session, as index + 1 (0: gone)
//           n     attachments in all
//           n     ack id + 1 (0: none)
//
// Version 1 has the flags 1 and 2 only. Times are the host's.
//
// A reader takes any version up to its own, refuses newer ones, and trusts nothing: a snapshot that
// is truncated, has trailing bytes or says what cannot be is refused as a whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dormouse/error.h"
#include "state.h"

namespace dormouse {

/// What a snapshot says of a session.
struct SessionRecord {
  bool connected = false;
  /// Whether it gets broadcasts.
  bool listed = false;
  std::string_view name_space;
  AckId next_ack = 0;
  /// The rest only if connected.
  std::string_view id;
  std::string_view recovery_id;
  /// How many of `ConnectionRecord::rooms` are its.
  std::uint32_t rooms = 0;
};

/// What a snapshot says. Views are borrowed from the snapshot.
struct ConnectionRecord {
  EngineProtocol protocol = EngineProtocol::v4;
  Transport transport = Transport::websocket;
  ConnectionState state = ConnectionState::opened;
  CollectionState collection = CollectionState::idle;
  Milliseconds opened_at = 0;
  Milliseconds last_heard = 0;
  Milliseconds heartbeat = 0;
  Milliseconds asked_at = kNever;
  std::string_view engine_id;
  std::vector<SessionRecord> sessions;
  /// Of all sessions, in their order.
  std::vector<std::string_view> rooms;
  /// Unless `collection` is idle. `session` is an index of `sessions`.
  PendingPacket pending;
};

/// Writes an open connection, without the sessions that are closing: they are over.
void write_snapshot(const State& state, ConnectionHandle connection, std::string& out);

/// Reads a snapshot. On anything but `ok` the record is worth nothing.
Status read_snapshot(std::string_view bytes, const Config& config, ConnectionRecord& record);

}  // namespace dormouse
