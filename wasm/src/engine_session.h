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
// them. A busy host may call late: up to `ping_timeout` that does no harm, and beyond it nobody is
// closed for a silence that was the host's own.
#pragma once

#include <string_view>
#include <vector>

#include "dormouse/error.h"
#include "dormouse/server.h"
#include "effect_queue.h"
#include "engine_packet.h"
#include "state.h"

namespace dormouse {

/// What a packet asks of the session that got it.
enum class EngineAction : std::uint8_t { ignore, answer_ping, note_pong, deliver, fault };

/// A connection that has to be closed, and why.
struct Expired {
  ConnectionHandle connection = kNone;
  Fault fault = Fault::ping_timeout;
};

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
  /// Collects the connections that were silent, or joined nothing, for too long.
  void collect_expired(Milliseconds now, std::vector<Expired>& expired);
  /// Sends the heartbeat if it is due.
  void send_heartbeat(Milliseconds now);
  /// The connection takes no more packets. Its slot is freed when nothing refers to it any more.
  void close(ConnectionHandle connection);
  /// Brings the clockwork of a restored connection back. `heartbeat` is a point of the grid.
  void resume(Milliseconds now, ConnectionHandle connection, Milliseconds heartbeat);
  /// Another connect timeout, for whoever has not joined a namespace.
  void set_connect_timeout(std::uint32_t milliseconds);
  /// Reports the deadline if it changed.
  void report_deadline();

 private:
  /// The host is so late with this heartbeat that clients which answered the one before would seem
  /// overdue: they get the time to answer this one.
  void excuse_silence(Milliseconds now);
  [[nodiscard]] bool is_heartbeat_due(Milliseconds now) const;
  /// When the connection's silence is to be looked at, if not at a heartbeat.
  [[nodiscard]] Milliseconds check_time(const Connection& connection) const;
  [[nodiscard]] Milliseconds silent_until(const Connection& connection) const;
  [[nodiscard]] Milliseconds join_by(const Connection& connection) const;
  /// The first point after `now` of the grid that `point` is on.
  [[nodiscard]] Milliseconds next_on_grid(Milliseconds point, Milliseconds now) const;

  State& state_;
  EffectQueue& effects_;
};

}  // namespace dormouse
