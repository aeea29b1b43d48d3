// Engine.IO sessions: handshake, transports, heartbeat, timeouts. What packets do is in
// session_table.h.
//
// Heartbeat. One tick per `ping_interval` serves all connections of an object: protocol 4 clients
// get a ping. The ticks lie on a grid that starts with the first connection and does not move while
// there are connections: that is how a restored server knows the time of the next tick without
// having stored it anywhere but in the snapshots taken long ago.
//
// Silence is timed from the ping: a client has `ping_timeout` from then on to say anything, however
// late the ping was. Protocol 3 clients ping by themselves, and may be silent for
// `ping_interval + ping_timeout`.
//
// Overtaken timeouts. A busy host may handle messages, requests or calls before a timeout that is
// due: they overtake it. Then the pings are sent between them, and the timeout, when it comes,
// closes only clients whose time was over at the previous timeout, because answers of the others
// may still wait with the host.
//
// After a sleep. Pings sent on the grid are not saved: that would take a snapshot of every client.
// A restored server assumes that all pings before the last point of the grid were sent in time
// (`recall_pings`). Pings that were late (`Clock::kTolerance`) are saved. Whether the pings of the
// last point were sent is unknown: the server pings at the first timeout, and expects an answer
// only from clients that it has not heard since that point.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "dormouse/error.h"
#include "dormouse/server.h"
#include "effect_queue.h"
#include "snapshot.h"
#include "state.h"

namespace dormouse {

class EngineSessions {
 public:
  EngineSessions(State& state, EffectQueue& effects) : state_(state), effects_(effects) {}

  /// The host's clock shows `now`. For every call that has a time, before anything else.
  void advance_clock(Milliseconds now);

  /// Opens a connection and sends the handshake.
  ConnectionHandle open(EngineProtocol protocol, Transport transport, std::string_view engine_id);
  /// Handles every Engine.IO packet but messages, which it leaves to the caller (`deliver`). The
  /// connection must be open.
  [[nodiscard]] EngineAction handle_packet(ConnectionHandle connection, EnginePacketType type);
  /// The client said something, now.
  void note_heard(ConnectionHandle connection);
  /// The platform has answered a pong of the client, at `at` by the host's clock.
  void note_pong(ConnectionHandle connection, Milliseconds host_now, Milliseconds at);
  /// The connection must be open.
  Status change_transport(ConnectionHandle connection, TransportCommand command);
  /// A message came, now. Adds an `overdue` effect if it has overtaken the heartbeat.
  void note_message();
  /// Sends the heartbeat if it is due, before its own timeout, which something has overtaken.
  void send_due_pings();
  /// A namespace was joined.
  void note_joined(ConnectionHandle connection);
  /// A timeout has three parts. First: returns whether connections have to be judged.
  [[nodiscard]] bool begin_timeout();
  /// Second, for each open connection: the fault if it was silent, or joined nothing, for too long.
  [[nodiscard]] std::optional<Fault> judge(ConnectionHandle connection);
  /// Third: sends the heartbeat if it is due, and has the deadline reported again.
  void finish_timeout();
  /// The open connections, one after the other, beginning behind `kNone`; `kNone` after the last.
  [[nodiscard]] ConnectionHandle next_open(ConnectionHandle handle) const;
  /// The connection takes no more packets. Its slot is freed when nothing refers to it any more.
  void close(ConnectionHandle connection);
  void free_if_over(ConnectionHandle connection) { state_.free_if_over(connection); }
  /// Brings a connection back, without its sessions.
  ConnectionHandle restore(const ConnectionRecord& record);
  /// Another connect timeout, for whoever has not joined a namespace.
  void set_connect_timeout(std::uint32_t milliseconds);
  /// Reports the deadline if it changed.
  void report_deadline();
  [[nodiscard]] Milliseconds reported_deadline() const { return reported_deadline_; }
  /// Restores an earlier `reported_deadline`: effects since then were dropped.
  void take_report_back(Milliseconds reported) { reported_deadline_ = reported; }
  /// Open connections whose snapshot is out of date. Forgets them.
  void take_changed(std::vector<ConnectionHandle>& changed);

 private:
  /// Calls `visit(handle, connection)` for every open connection.
  template <typename Visit>
  void for_each_open(Visit visit) {
    for (ConnectionHandle handle = next_open(kNone); handle != kNone; handle = next_open(handle)) {
      visit(handle, state_.connections_[handle]);
    }
  }

  /// Makes the connection known by its id, where clients may come back with that.
  void register_id(ConnectionHandle connection);
  /// Whether what comes now has overtaken a timeout. If so, notes it for that timeout.
  bool overtakes_timeout();
  /// Starts the heartbeat, or moves it, without moving the grid.
  void set_heartbeat(Milliseconds point);
  void send_pings();
  /// Forgives silence until now: the host is so late with this heartbeat that it may not have read
  /// the answers to the previous one.
  void excuse_silence();
  /// Works out whose answers were awaited when the object fell asleep.
  void recall_pings();
  [[nodiscard]] bool is_heartbeat_due() const;
  /// Has the timers look at the connection when it is time.
  void watch(const Connection& connection);
  [[nodiscard]] Milliseconds silent_until(const Connection& connection) const;
  [[nodiscard]] Milliseconds join_by(const Connection& connection) const;
  /// The first point after `time` on the grid that `point` is on.
  [[nodiscard]] Milliseconds next_on_grid(Milliseconds point, Milliseconds time) const;
  /// The last point of the heartbeat grid that is not in the future.
  [[nodiscard]] Milliseconds last_on_grid() const;

  State& state_;
  EffectQueue& effects_;
  /// After a restore nobody knows whether the last heartbeat was sent before the sleep.
  bool is_heartbeat_unsure_ = false;
  /// The next point of the grid whose pings are still to be sent. Later than `Timer::heartbeat` if
  /// pings were sent before its timeout.
  Milliseconds next_ping_ = kNever;
  /// Something came before a timeout that was due.
  bool is_overtaken_ = false;
  Milliseconds last_timeout_ = 0;
  /// Of the timeout that is under way: clients whose time was over by then are closed.
  Milliseconds judged_until_ = 0;
  bool judges_silence_ = false;
  Milliseconds reported_deadline_ = kNever;
};

}  // namespace dormouse
