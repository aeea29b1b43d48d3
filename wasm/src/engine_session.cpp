#include "engine_session.h"

#include <algorithm>
#include <cmath>

#include "json.h"

namespace dormouse {

namespace {

constexpr EngineAction kActionsProtocol4[] = {
    EngineAction::ignore,     // open
    EngineAction::ignore,     // close
    EngineAction::fault,      // ping
    EngineAction::note_pong,  // pong
    EngineAction::deliver,    // message
    EngineAction::ignore,     // upgrade
    EngineAction::ignore,     // noop
};

constexpr EngineAction kActionsProtocol3[] = {
    EngineAction::ignore,       // open
    EngineAction::ignore,       // close
    EngineAction::answer_ping,  // ping
    EngineAction::fault,        // pong
    EngineAction::deliver,      // message
    EngineAction::ignore,       // upgrade
    EngineAction::ignore,       // noop
};

constexpr std::string_view kPing = "2";
constexpr std::string_view kPong = "3";

}  // namespace

ConnectionHandle EngineSessions::open(Milliseconds now, EngineProtocol protocol,
                                      std::string_view engine_id) {
  const ConnectionHandle handle = state_.connections.take();
  Connection& connection = state_.connections[handle];
  connection.protocol = protocol;
  connection.opened_at = now;
  connection.last_heard = now;
  connection.engine_id = engine_id;
  ++state_.open_connections;
  state_.mark_changed(handle);
  if (state_.next_heartbeat == kNever) {
    state_.next_heartbeat = now + state_.config.ping_interval;
    state_.heartbeat_unsure = false;
  }
  state_.next_check = std::min(state_.next_check, check_time(connection));
  effects_.send(handle, {"0", handshake_json(engine_id, state_.config)});
  return handle;
}

EngineAction EngineSessions::handle_packet(Milliseconds now, ConnectionHandle handle,
                                           EnginePacketType type) {
  const Connection& connection = state_.connections[handle];
  const auto& actions =
      connection.protocol == EngineProtocol::v3 ? kActionsProtocol3 : kActionsProtocol4;
  const EngineAction action = actions[static_cast<std::size_t>(type)];
  if (action == EngineAction::fault) return action;
  note_heard(handle, now);
  if (action == EngineAction::answer_ping) effects_.send(handle, {kPong});
  if (action == EngineAction::answer_ping || action == EngineAction::note_pong) {
    effects_.heartbeat(handle);
    // Nobody else remembers it while the object sleeps, except pongs that the platform answers.
    const bool answered_by_platform =
        state_.config.pong_source == PongSource::auto_response && action == EngineAction::note_pong;
    if (!answered_by_platform) state_.mark_changed(handle);
  }
  return action;
}

void EngineSessions::note_heard(ConnectionHandle handle, Milliseconds at) {
  Connection& connection = state_.connections[handle];
  connection.last_heard = std::max(connection.last_heard, at);
}

void EngineSessions::collect_expired(Milliseconds now, std::vector<Expired>& expired) {
  const bool heartbeat_due = is_heartbeat_due(now);
  if (!heartbeat_due && now < state_.next_check) return;
  if (now - state_.next_heartbeat > state_.config.ping_timeout) excuse_silence(now);
  const bool judge_silence = heartbeat_due || state_.config.pong_source == PongSource::message;
  state_.next_check = kNever;
  for (ConnectionHandle handle = 0; handle < state_.connections.limit(); ++handle) {
    const Connection* connection = state_.find_open(handle);
    if (connection == nullptr) continue;
    if (judge_silence && silent_until(*connection) <= now) {
      expired.push_back({handle, Fault::ping_timeout});
    } else if (join_by(*connection) <= now) {
      expired.push_back({handle, Fault::connect_timeout});
    } else {
      state_.next_check = std::min(state_.next_check, check_time(*connection));
    }
  }
}

void EngineSessions::send_heartbeat(Milliseconds now) {
  if (!is_heartbeat_due(now)) return;
  for (ConnectionHandle handle = 0; handle < state_.connections.limit(); ++handle) {
    const Connection* connection = state_.find_open(handle);
    if (connection == nullptr || connection->protocol == EngineProtocol::v3) continue;
    effects_.send(handle, {kPing});
  }
  if (now >= state_.next_heartbeat) {
    state_.next_heartbeat = next_on_grid(state_.next_heartbeat, now);
  }
  state_.heartbeat_unsure = false;
}

void EngineSessions::close(ConnectionHandle handle) {
  Connection& connection = state_.connections[handle];
  connection.state = ConnectionState::closed;
  connection.pending.reset();
  --state_.open_connections;
  if (state_.open_connections > 0) return;
  state_.next_heartbeat = kNever;
  state_.next_check = kNever;
}

void EngineSessions::resume(Milliseconds now, ConnectionHandle handle, Milliseconds heartbeat) {
  ++state_.open_connections;
  if (state_.next_heartbeat == kNever) {
    // Whether the last point of the grid had its heartbeat is not known: see `heartbeat_unsure`.
    state_.next_heartbeat = next_on_grid(heartbeat, now);
    state_.heartbeat_unsure = true;
  }
  state_.next_check = std::min(state_.next_check, check_time(state_.connections[handle]));
}

void EngineSessions::set_connect_timeout(std::uint32_t milliseconds) {
  state_.config.connect_timeout = milliseconds;
  for (ConnectionHandle handle = 0; handle < state_.connections.limit(); ++handle) {
    const Connection* connection = state_.find_open(handle);
    if (connection == nullptr) continue;
    state_.next_check = std::min(state_.next_check, check_time(*connection));
  }
}

void EngineSessions::report_deadline() {
  const Milliseconds deadline = std::min(state_.next_heartbeat, state_.next_check);
  if (deadline == state_.reported_deadline) return;
  state_.reported_deadline = deadline;
  effects_.deadline(deadline);
}

void EngineSessions::excuse_silence(Milliseconds now) {
  const Milliseconds excused = now - state_.config.ping_interval;
  for (ConnectionHandle handle = 0; handle < state_.connections.limit(); ++handle) {
    const Connection* connection = state_.find_open(handle);
    if (connection == nullptr || connection->last_heard >= excused) continue;
    note_heard(handle, excused);
    state_.mark_changed(handle);
  }
}

bool EngineSessions::is_heartbeat_due(Milliseconds now) const {
  if (state_.next_heartbeat == kNever) return false;
  return now >= state_.next_heartbeat || state_.heartbeat_unsure;
}

Milliseconds EngineSessions::check_time(const Connection& connection) const {
  const bool silence_counts = state_.config.pong_source == PongSource::message;
  return std::min(join_by(connection), silence_counts ? silent_until(connection) : kNever);
}

Milliseconds EngineSessions::silent_until(const Connection& connection) const {
  return connection.last_heard + state_.config.ping_interval + state_.config.ping_timeout;
}

Milliseconds EngineSessions::join_by(const Connection& connection) const {
  return connection.has_joined ? kNever : connection.opened_at + state_.config.connect_timeout;
}

Milliseconds EngineSessions::next_on_grid(Milliseconds point, Milliseconds now) const {
  const Milliseconds interval = state_.config.ping_interval;
  return point + (std::floor((now - point) / interval) + 1) * interval;
}

}  // namespace dormouse
