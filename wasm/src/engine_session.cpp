#include "engine_session.h"

#include <algorithm>
#include <cmath>

#include "json.h"

namespace dormouse {

namespace {

constexpr std::string_view kPing = "2";
constexpr std::string_view kPong = "3";
/// How soon clients are judged again that an overtaken timeout has spared.
constexpr Milliseconds kSecondLook = 1'000;

}  // namespace

void EngineSessions::advance_clock(Milliseconds now) {
  if (!state_.clock_.advance(now)) return;
  // Nobody knows how much time has passed, so the heartbeat is due. Snapshots hold times of the
  // clock as it was before, so all of them are out of date.
  if (state_.timers_.is_set(Timer::heartbeat)) set_heartbeat(state_.clock_.now());
  // The grid begins anew, so it says nothing of pings that were sent before.
  is_heartbeat_unsure_ = false;
  for_each_open([&](ConnectionHandle handle, Connection&) { state_.mark_changed(handle); });
}

ConnectionHandle EngineSessions::open(EngineProtocol protocol, Transport transport,
                                      std::string_view engine_id) {
  const Milliseconds now = state_.clock_.now();
  const ConnectionHandle handle = state_.connections_.take();
  Connection& connection = state_.connections_[handle];
  connection.protocol = protocol;
  connection.transport = transport;
  connection.opened_at = now;
  connection.last_heard = now;
  connection.engine_id = engine_id;
  ++state_.open_connections_;
  state_.mark_changed(handle);
  if (!state_.timers_.is_set(Timer::heartbeat)) {
    set_heartbeat(now + state_.config_.ping_interval);
    is_heartbeat_unsure_ = false;
  }
  register_id(handle);
  watch(connection);
  effects_.send(handle, {"0", handshake_json(engine_id, transport, state_.config_)});
  return handle;
}

EngineAction EngineSessions::handle_packet(ConnectionHandle handle, EnginePacketType type) {
  const Connection& connection = state_.connections_[handle];
  const EngineAction action = action_of(type, connection.protocol);
  if (action == EngineAction::fault) return action;
  note_heard(handle);
  if (action == EngineAction::answer_ping) effects_.send(handle, {kPong});
  if (action == EngineAction::answer_ping || action == EngineAction::note_pong) {
    effects_.heartbeat(handle);
    // A sleep would forget it, unless the platform answers the pings and keeps the time.
    const bool answered_by_platform =
        state_.config_.has_automatic_pongs() && action == EngineAction::note_pong;
    if (!answered_by_platform) state_.mark_changed(handle);
  }
  return action;
}

void EngineSessions::note_heard(ConnectionHandle handle) {
  Connection& connection = state_.connections_[handle];
  connection.last_heard = state_.clock_.now();
  connection.asked_at = kNever;
}

void EngineSessions::note_pong(ConnectionHandle handle, Milliseconds host_now, Milliseconds at) {
  // `at` is in the future, so it was noted before the host's clock was set back: ignore it.
  if (!(at <= host_now + Clock::kTolerance)) return;
  Connection& connection = state_.connections_[handle];
  const Milliseconds heard = std::min(state_.clock_.from_host(at), state_.clock_.now());
  connection.last_heard = std::max(connection.last_heard, heard);
  if (connection.last_heard >= connection.asked_at) connection.asked_at = kNever;
}

void EngineSessions::note_message() {
  if (overtakes_timeout() && state_.clock_.now() >= next_ping_) effects_.overdue();
}

void EngineSessions::send_due_pings() {
  (void)overtakes_timeout();
  if (state_.clock_.now() >= next_ping_) send_pings();
}

bool EngineSessions::overtakes_timeout() {
  if (state_.clock_.now() < state_.overtaken_at_) return false;
  is_overtaken_ = true;
  return true;
}

Status EngineSessions::change_transport(ConnectionHandle handle, TransportCommand command) {
  Connection& connection = state_.connections_[handle];
  const TransportStep& step = step_of(command, connection.transport);
  if (!step.is_allowed) return Status::wrong_state;
  connection.transport = step.next;
  state_.mark_changed(handle);
  return Status::ok;
}

void EngineSessions::note_joined(ConnectionHandle handle) {
  Connection& connection = state_.connections_[handle];
  connection.state = state_after(ConnectionCommand::join, connection.state);
}

bool EngineSessions::begin_timeout() {
  const Milliseconds now = state_.clock_.now();
  Timers& timers = state_.timers_;
  const bool heartbeat_due = is_heartbeat_due();
  const bool silence_due = timers.is_due(Timer::silence, now);
  if (!heartbeat_due && !silence_due && !timers.is_due(Timer::joining, now)) return false;
  if (now - timers.at(Timer::heartbeat) > state_.config_.ping_timeout) excuse_silence();
  if (is_heartbeat_unsure_) recall_pings();
  judges_silence_ = heartbeat_due || silence_due || !state_.config_.has_automatic_pongs();
  judged_until_ = is_overtaken_ ? last_timeout_ : now;
  timers.stop(Timer::silence);
  timers.stop(Timer::joining);
  return true;
}

std::optional<Fault> EngineSessions::judge(ConnectionHandle handle) {
  const Milliseconds now = state_.clock_.now();
  const Connection& connection = state_.connections_[handle];
  const Milliseconds silent = judges_silence_ ? silent_until(connection) : kNever;
  const Milliseconds joining = join_by(connection);
  if (silent <= judged_until_) return Fault::ping_timeout;
  if (joining <= judged_until_) return Fault::connect_timeout;
  if (std::min(silent, joining) <= now) {
    state_.timers_.set_earlier(Timer::silence, now + kSecondLook);
  } else {
    watch(connection);
  }
  return std::nullopt;
}

void EngineSessions::finish_timeout() {
  const Milliseconds now = state_.clock_.now();
  if (is_heartbeat_due()) {
    if (is_heartbeat_unsure_ || now >= next_ping_) send_pings();
    set_heartbeat(next_ping_);
  }
  last_timeout_ = now;
  is_overtaken_ = false;
  // The host's timer has fired, so the deadline has to be reported even if it is the same.
  reported_deadline_ = -1;
}

void EngineSessions::set_heartbeat(Milliseconds point) {
  state_.timers_.set(Timer::heartbeat, point);
  next_ping_ = point;
}

void EngineSessions::send_pings() {
  const Milliseconds now = state_.clock_.now();
  const Milliseconds point = last_on_grid();
  const bool is_late = now - point > Clock::kTolerance;
  for_each_open([&](ConnectionHandle handle, Connection& connection) {
    if (connection.protocol == EngineProtocol::v3) return;
    effects_.send(handle, {kPing});
    // A client that was heard since this point has to answer only the next one's ping.
    if (connection.asked_at != kNever || connection.last_heard >= point) return;
    connection.asked_at = now;
    if (is_late) state_.mark_changed(handle);
    watch(connection);
  });
  next_ping_ = next_on_grid(point, now);
  is_heartbeat_unsure_ = false;
}

void EngineSessions::close(ConnectionHandle handle) {
  Connection& connection = state_.connections_[handle];
  connection.state = state_after(ConnectionCommand::close, connection.state);
  if (state_.config_.transports & kPollingTransport) {
    const auto known = state_.connection_ids_.find(NameView(connection.engine_id));
    if (known != state_.connection_ids_.end() && known->second == handle) {
      state_.connection_ids_.erase(known);
    }
  }
  if (--state_.open_connections_ == 0) {
    state_.timers_.stop_all();
    next_ping_ = kNever;
    is_overtaken_ = false;
  }
}

ConnectionHandle EngineSessions::restore(const ConnectionRecord& record) {
  const Clock& clock = state_.clock_;
  // A clock that was set back must not make a client live longer.
  const auto past = [&](Milliseconds host) { return std::min(clock.from_host(host), clock.now()); };
  const ConnectionHandle handle = state_.connections_.take();
  Connection& connection = state_.connections_[handle];
  connection.state = record.state;
  connection.protocol = record.protocol;
  connection.transport = record.transport;
  connection.opened_at = past(record.opened_at);
  connection.last_heard = past(record.last_heard);
  if (record.asked_at != kNever) connection.asked_at = past(record.asked_at);
  connection.engine_id = record.engine_id;
  ++state_.open_connections_;
  if (!state_.timers_.is_set(Timer::heartbeat)) {
    const Milliseconds point = clock.from_host(record.heartbeat);
    set_heartbeat(next_on_grid(point, clock.now()));
    is_heartbeat_unsure_ = true;
  }
  register_id(handle);
  watch(connection);
  return handle;
}

void EngineSessions::register_id(ConnectionHandle handle) {
  if ((state_.config_.transports & kPollingTransport) == 0) return;
  entry_of(state_.connection_ids_, state_.connections_[handle].engine_id).second = handle;
}

void EngineSessions::set_connect_timeout(std::uint32_t milliseconds) {
  state_.config_.connect_timeout = milliseconds;
  for_each_open([&](ConnectionHandle, const Connection& connection) { watch(connection); });
}

void EngineSessions::report_deadline() {
  const Milliseconds next = state_.timers_.next_timeout();
  state_.overtaken_at_ = is_overtaken_ ? next_ping_ : next;
  const Milliseconds deadline = state_.clock_.to_host(next);
  if (deadline == reported_deadline_) return;
  reported_deadline_ = deadline;
  effects_.deadline(deadline);
}

void EngineSessions::take_changed(std::vector<ConnectionHandle>& changed) {
  changed.clear();
  for (const ConnectionHandle handle : state_.changed_) {
    Connection& connection = state_.connections_[handle];
    connection.changed = false;
    if (connection.state != ConnectionState::closed) changed.push_back(handle);
  }
  state_.changed_.clear();
}

void EngineSessions::excuse_silence() {
  const Milliseconds excused = state_.clock_.now() - state_.config_.ping_interval;
  for_each_open([&](ConnectionHandle handle, Connection& connection) {
    const bool is_asked = connection.asked_at != kNever;
    const bool is_old =
        connection.protocol == EngineProtocol::v3 && connection.last_heard < excused;
    if (!is_asked && !is_old) return;
    connection.asked_at = kNever;
    if (is_old) connection.last_heard = excused;
    state_.mark_changed(handle);
  });
}

void EngineSessions::recall_pings() {
  const Milliseconds point = last_on_grid();
  // Off the grid, this timeout may be that of the last point, late: then its pings were not sent.
  if (state_.clock_.now() - point > Clock::kTolerance) return;
  const Milliseconds sent = point - state_.config_.ping_interval;
  for_each_open([&](ConnectionHandle, Connection& connection) {
    if (connection.protocol == EngineProtocol::v3 || connection.asked_at != kNever) return;
    const Milliseconds first = next_on_grid(point, connection.last_heard);
    if (first <= sent) connection.asked_at = first + Clock::kTolerance;
  });
}

ConnectionHandle EngineSessions::next_open(ConnectionHandle handle) const {
  std::uint32_t index = handle == kNone ? 0 : index_of(handle) + 1;
  for (; index < state_.connections_.limit(); ++index) {
    const ConnectionHandle next = state_.connections_.handle_at(index);
    if (state_.find_open(next) != nullptr) return next;
  }
  return kNone;
}

bool EngineSessions::is_heartbeat_due() const {
  if (!state_.timers_.is_set(Timer::heartbeat)) return false;
  return state_.timers_.is_due(Timer::heartbeat, state_.clock_.now()) || is_heartbeat_unsure_;
}

void EngineSessions::watch(const Connection& connection) {
  state_.timers_.set_earlier(Timer::joining, join_by(connection));
  if (state_.config_.has_automatic_pongs()) return;
  state_.timers_.set_earlier(Timer::silence, silent_until(connection));
}

Milliseconds EngineSessions::silent_until(const Connection& connection) const {
  const Config& config = state_.config_;
  if (connection.protocol == EngineProtocol::v3) {
    return connection.last_heard + config.ping_interval + config.ping_timeout;
  }
  return connection.asked_at == kNever ? kNever : connection.asked_at + config.ping_timeout;
}

Milliseconds EngineSessions::join_by(const Connection& connection) const {
  return connection.state == ConnectionState::opened
             ? connection.opened_at + state_.config_.connect_timeout
             : kNever;
}

Milliseconds EngineSessions::next_on_grid(Milliseconds point, Milliseconds time) const {
  const Milliseconds interval = state_.config_.ping_interval;
  return point + (std::floor((time - point) / interval) + 1) * interval;
}

Milliseconds EngineSessions::last_on_grid() const {
  const Milliseconds next = next_on_grid(state_.timers_.at(Timer::heartbeat), state_.clock_.now());
  return next - state_.config_.ping_interval;
}

}  // namespace dormouse
