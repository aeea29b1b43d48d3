// Engine.IO sessions: handshake, heartbeat, timeouts.
//
// A connection is open from the moment its handshake is sent until its WebSocket is gone or is told
// to go. What a packet does then depends on the protocol revision alone, so it is one table:
//
//   packet     protocol 4                        protocol 3
//   open       ignored                           ignored
//   close      ignored (the WebSocket's own      ignored
//              close ends the session, as
//              upstream)
//   ping       fault: the server pings           answered by a pong
//   pong       the client is alive               fault: the client pings
//   message    to the Socket.IO session          to the Socket.IO session
//   upgrade    ignored                           ignored
//   noop       ignored                           ignored
//
// Heartbeat. One tick per `ping_interval` serves all connections of an object: protocol 4 clients
// get a ping, and whoever was silent for `ping_interval + ping_timeout` is closed. The ticks lie on
// a grid that starts with the first connection and never moves while there are connections: that is
// how a restored server knows the time of the next tick without having stored it anywhere but in
// the snapshots taken long ago. Protocol 3 clients ping by themselves; the same overdue rule fits
// them.
#pragma once

#include <string_view>
#include <vector>

#include "dormouse/server.h"
#include "effect_queue.h"
#include "engine_packet.h"
#include "state.h"

namespace dormouse {

/// What a packet asks of the session that got it.
enum class EngineAction : std::uint8_t { ignore, answer_ping, note_pong, deliver, fault };

class EngineSessions {
 public:
  EngineSessions(State& state, EffectQueue& effects) : state_(state), effects_(effects) {}

  /// Opens a connection and sends the handshake.
  ConnectionHandle open(Milliseconds now, EngineProtocol protocol, std::string_view engine_id);
  /// Treats everything but messages. The connection must be open.
  [[nodiscard]] EngineAction handle_packet(Milliseconds now, ConnectionHandle connection,
                                           EnginePacketType type);
  /// The client was alive at `at`.
  void note_heard(ConnectionHandle connection, Milliseconds at);
  /// Sends the heartbeat if it is due, and collects the connections that are overdue into `overdue`
  /// and those that joined nothing in time into `unjoined`.
  void handle_timeout(Milliseconds now, std::vector<ConnectionHandle>& overdue,
                      std::vector<ConnectionHandle>& unjoined);
  /// The connection is in a namespace: no connect timeout any more.
  void note_joined(ConnectionHandle connection);
  /// The connection takes no more packets. Its slot is freed when nothing refers to it any more.
  void close(ConnectionHandle connection);
  /// Brings the clockwork of a restored connection back. `heartbeat` is a point of the grid.
  void resume(Milliseconds now, ConnectionHandle connection, Milliseconds heartbeat);
  /// Reports the deadline if it changed.
  void report_deadline();

 private:
  void start_connect_timeout(ConnectionHandle connection);
  void collect_unjoined(Milliseconds now, std::vector<ConnectionHandle>& unjoined);
  void collect_overdue(Milliseconds now, std::vector<ConnectionHandle>& overdue);
  void send_heartbeat(Milliseconds now);
  [[nodiscard]] Milliseconds silence_allowed() const;
  void skip_settled_deadlines();

  State& state_;
  EffectQueue& effects_;
};

}  // namespace dormouse
