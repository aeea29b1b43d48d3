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
  connection.serial = state_.next_serial++;
  connection.opened_at = now;
  connection.last_heard = now;
  connection.engine_id = engine_id;
  ++state_.open_connections;
  state_.mark_changed(handle);
  if (state_.next_heartbeat == kNever) {
    state_.next_heartbeat = now + state_.config.ping_interval;
    state_.heartbeat_unsure = false;
  }
  if (state_.config.pong_source == PongSource::message) {
    state_.next_overdue_check = std::min(state_.next_overdue_check, now + silence_allowed());
  }
  start_connect_timeout(handle);
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
    // Nobody else remembers this pong while the object sleeps.
    if (state_.config.pong_source == PongSource::message) state_.mark_changed(handle);
  }
  return action;
}

void EngineSessions::note_heard(ConnectionHandle handle, Milliseconds at) {
  Connection& connection = state_.connections[handle];
  connection.last_heard = std::max(connection.last_heard, at);
}

void EngineSessions::handle_timeout(Milliseconds now, std::vector<ConnectionHandle>& overdue,
                                    std::vector<ConnectionHandle>& unjoined) {
  collect_unjoined(now, unjoined);
  const bool heartbeat_due =
      now >= state_.next_heartbeat || (state_.heartbeat_unsure && state_.next_heartbeat != kNever);
  if (heartbeat_due || now >= state_.next_overdue_check) collect_overdue(now, overdue);
  if (heartbeat_due) send_heartbeat(now);
}

void EngineSessions::note_joined(ConnectionHandle handle) {
  state_.connections[handle].has_joined = true;
}

void EngineSessions::close(ConnectionHandle handle) {
  Connection& connection = state_.connections[handle];
  connection.state = ConnectionState::closed;
  connection.pending = {};
  --state_.open_connections;
  if (state_.open_connections > 0) return;
  state_.next_heartbeat = kNever;
  state_.next_overdue_check = kNever;
}

void EngineSessions::resume(Milliseconds now, ConnectionHandle handle, Milliseconds heartbeat) {
  ++state_.open_connections;
  if (state_.next_heartbeat == kNever) {
    const Milliseconds interval = state_.config.ping_interval;
    // Whether the last point of the grid had its heartbeat is not known: see `heartbeat_unsure`.
    const Milliseconds behind = std::max(0.0, now - heartbeat);
    state_.next_heartbeat = heartbeat + std::ceil(behind / interval) * interval;
    if (state_.next_heartbeat <= now) state_.next_heartbeat += interval;
    state_.heartbeat_unsure = true;
  }
  if (state_.config.pong_source == PongSource::message) {
    const Milliseconds overdue_at = state_.connections[handle].last_heard + silence_allowed();
    state_.next_overdue_check = std::min(state_.next_overdue_check, overdue_at);
  }
  if (!state_.connections[handle].has_joined) start_connect_timeout(handle);
}

void EngineSessions::report_deadline() {
  skip_settled_deadlines();
  Milliseconds deadline = std::min(state_.next_heartbeat, state_.next_overdue_check);
  if (!state_.connect_deadlines.empty()) {
    deadline = std::min(deadline, state_.connect_deadlines.front().at);
  }
  if (deadline == state_.reported_deadline) return;
  state_.reported_deadline = deadline;
  effects_.deadline(deadline);
}

void EngineSessions::start_connect_timeout(ConnectionHandle handle) {
  const Connection& connection = state_.connections[handle];
  const ConnectDeadline entry{handle, connection.serial,
                              connection.opened_at + state_.config.connect_timeout};
  auto& queue = state_.connect_deadlines;
  // Connections come in order, except when they are restored.
  const auto later = [](Milliseconds at, const ConnectDeadline& other) { return at < other.at; };
  if (queue.empty() || queue.back().at <= entry.at) {
    queue.push_back(entry);
  } else {
    queue.insert(std::upper_bound(queue.begin(), queue.end(), entry.at, later), entry);
  }
}

void EngineSessions::collect_unjoined(Milliseconds now, std::vector<ConnectionHandle>& unjoined) {
  skip_settled_deadlines();
  while (!state_.connect_deadlines.empty() && state_.connect_deadlines.front().at <= now) {
    unjoined.push_back(state_.connect_deadlines.front().connection);
    state_.connect_deadlines.pop_front();
    skip_settled_deadlines();
  }
}

void EngineSessions::collect_overdue(Milliseconds now, std::vector<ConnectionHandle>& overdue) {
  Milliseconds next = kNever;
  for (ConnectionHandle handle = 0; handle < state_.connections.limit(); ++handle) {
    const Connection* connection = state_.connections.find(handle);
    if (connection == nullptr || connection->state != ConnectionState::open) continue;
    const Milliseconds due = connection->last_heard + silence_allowed();
    if (due <= now) {
      overdue.push_back(handle);
    } else {
      next = std::min(next, due);
    }
  }
  if (state_.config.pong_source == PongSource::message) state_.next_overdue_check = next;
}

void EngineSessions::send_heartbeat(Milliseconds now) {
  for (ConnectionHandle handle = 0; handle < state_.connections.limit(); ++handle) {
    const Connection* connection = state_.connections.find(handle);
    if (connection == nullptr || connection->state != ConnectionState::open) continue;
    if (connection->protocol == EngineProtocol::v4) effects_.send(handle, {kPing});
  }
  const Milliseconds interval = state_.config.ping_interval;
  if (now >= state_.next_heartbeat) {
    const Milliseconds behind = now - state_.next_heartbeat;
    state_.next_heartbeat += (std::floor(behind / interval) + 1) * interval;
  }
  state_.heartbeat_unsure = false;
}

Milliseconds EngineSessions::silence_allowed() const {
  return static_cast<Milliseconds>(state_.config.ping_interval) + state_.config.ping_timeout;
}

void EngineSessions::skip_settled_deadlines() {
  auto& queue = state_.connect_deadlines;
  while (!queue.empty()) {
    const Connection* connection = state_.connections.find(queue.front().connection);
    const bool waiting = connection != nullptr && connection->serial == queue.front().serial &&
                         connection->state == ConnectionState::open && !connection->has_joined;
    if (waiting) return;
    queue.pop_front();
  }
}

}  // namespace dormouse
