#include "snapshot.h"

#include <bit>

namespace dormouse {

namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::uint8_t kProtocol3 = 1;
constexpr std::uint8_t kHasJoined = 2;
constexpr std::uint8_t kIsAsked = 4;
constexpr std::uint8_t kPolls = 8;
/// By version.
constexpr std::uint8_t kKnownFlags[] = {0, kProtocol3 | kHasJoined,
                                        kProtocol3 | kHasJoined | kIsAsked | kPolls};
constexpr std::uint8_t kWaiting = 0;
constexpr std::uint8_t kConnected = 1;
constexpr std::uint8_t kUnlisted = 2;

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) { out_.clear(); }

  void byte(std::uint8_t value) {
    const char character = static_cast<char>(value);
    out_.append(&character, 1);
  }

  void number(std::uint64_t value) {
    while (value >= 0x80) {
      byte(static_cast<std::uint8_t>(value | 0x80U));
      value >>= 7U;
    }
    byte(static_cast<std::uint8_t>(value));
  }

  void time(Milliseconds value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    char bytes[sizeof bits];
    for (unsigned i = 0; i < sizeof bits; ++i) bytes[i] = static_cast<char>(bits >> 8 * i);
    out_.append(bytes, sizeof bytes);
  }

  void text(std::string_view value) {
    number(value.size());
    out_.append(value);
  }

 private:
  std::string& out_;
};

/// Reads until something does not fit. From then on nothing is left, so every read fails.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  void require(bool condition) {
    if (!condition) failed();
  }

  std::uint8_t byte() {
    if (rest_.empty()) return failed();
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const std::uint8_t next = byte();
      value |= static_cast<std::uint64_t>(next & 0x7FU) << shift;
      if ((next & 0x80U) == 0) return value;
    }
    return failed();
  }

  /// A count of things that take at least one byte each.
  std::uint32_t count() {
    const std::uint64_t value = number();
    return value > rest_.size() ? failed() : static_cast<std::uint32_t>(value);
  }

  Milliseconds time() {
    std::uint64_t bits = 0;
    for (unsigned shift = 0; shift < 64; shift += 8) {
      bits |= static_cast<std::uint64_t>(byte()) << shift;
    }
    const auto value = std::bit_cast<Milliseconds>(bits);
    return value >= 0 && value <= kNever ? value : failed();
  }

  std::string_view text() {
    const std::uint32_t length = count();
    const std::string_view value = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return value;
  }

 private:
  std::uint8_t failed() {
    ok_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

bool is_over(const Session& session) { return !is_on_wire(session.state); }

void write_session(const State& state, const Session& session, Writer& writer) {
  const bool connected = session.state == SessionState::connected;
  writer.byte(!connected ? kWaiting : session.is_listed ? kConnected : kUnlisted);
  writer.text(state.namespaces()[session.name_space].name);
  writer.number(session.next_ack);
  if (!connected) return;
  writer.text(session.id);
  writer.text(session.recovery_id);
  writer.number(session.rooms.size());
  for (const RoomEntry* room : session.rooms) writer.text(room->first.text);
}

void write_pending(const PendingPacket& pending, std::uint32_t session_place, Writer& writer) {
  writer.number(pending.remaining);
  writer.byte(static_cast<std::uint8_t>(pending.type));
  writer.number(session_place);
  writer.number(pending.attachments);
  writer.number(pending.ack_id == kNoAck ? 0 : pending.ack_id + 1);
}

void read_session(Reader& reader, SessionRecord& record, std::vector<std::string_view>& rooms) {
  const std::uint8_t state = reader.byte();
  record.connected = state != kWaiting;
  record.listed = state == kConnected;
  record.name_space = reader.text();
  record.next_ack = reader.number();
  reader.require(state <= kUnlisted);
  reader.require(record.next_ack <= kMaxAckId);
  if (!record.connected) return;
  record.id = reader.text();
  record.recovery_id = reader.text();
  record.rooms = reader.count();
  for (std::uint32_t i = 0; i < record.rooms && reader.ok(); ++i) rooms.push_back(reader.text());
}

void read_pending(Reader& reader, const Config& config, ConnectionRecord& record) {
  PendingPacket& pending = record.pending;
  const std::uint64_t remaining = reader.number();
  if (remaining == 0) return;
  pending.type = static_cast<PacketType>(reader.byte());
  const std::uint64_t place = reader.number();
  const std::uint64_t attachments = reader.number();
  const std::uint64_t ack = reader.number();
  reader.require(pending.type == PacketType::binary_event ||
                 pending.type == PacketType::binary_ack);
  reader.require(remaining <= attachments && attachments <= config.max_attachments);
  reader.require(ack <= kMaxAckId + 1);
  reader.require(place == 0 ||
                 (place <= record.sessions.size() && record.sessions[place - 1].connected));
  if (!reader.ok()) return;
  record.collection = place == 0 ? CollectionState::orphaned : CollectionState::collecting;
  pending.session = place == 0 ? kNone : static_cast<SessionHandle>(place - 1);
  pending.attachments = static_cast<std::uint32_t>(attachments);
  pending.remaining = static_cast<std::uint32_t>(remaining);
  pending.ack_id = ack == 0 ? kNoAck : ack - 1;
}

/// Whether a connection has one session for each namespace, and has joined if one is connected.
bool is_possible(const ConnectionRecord& record) {
  for (std::size_t i = 0; i < record.sessions.size(); ++i) {
    const SessionRecord& session = record.sessions[i];
    if (session.connected && record.state != ConnectionState::joined) return false;
    for (std::size_t other = 0; other < i; ++other) {
      if (record.sessions[other].name_space == session.name_space) return false;
    }
  }
  return true;
}

}  // namespace

void write_snapshot(const State& state, ConnectionHandle handle, std::string& out) {
  const Connection& connection = state.connections()[handle];
  Writer writer(out);
  writer.byte(kVersion);
  const bool is_asked = connection.asked_at != kNever;
  // A WebSocket that was being probed is not kept: the client has to begin again.
  const bool polls = connection.transport != Transport::websocket;
  writer.byte((connection.protocol == EngineProtocol::v3 ? kProtocol3 : 0) |
              (connection.state == ConnectionState::joined ? kHasJoined : 0) |
              (is_asked ? kIsAsked : 0) | (polls ? kPolls : 0));
  const Clock& clock = state.clock();
  writer.time(clock.to_host(connection.opened_at));
  writer.time(clock.to_host(connection.last_heard));
  writer.time(clock.to_host(state.timers().at(Timer::heartbeat)));
  if (is_asked) writer.time(clock.to_host(connection.asked_at));
  writer.text(connection.engine_id);
  const PendingPacket* pending = connection.pending.get();
  std::uint32_t kept = 0;
  std::uint32_t pending_place = 0;
  for (const SessionHandle session : connection.sessions) {
    if (is_over(state.sessions()[session])) continue;
    ++kept;
    if (pending != nullptr && pending->session == session) pending_place = kept;
  }
  writer.number(kept);
  for (const SessionHandle session : connection.sessions) {
    if (!is_over(state.sessions()[session]))
      write_session(state, state.sessions()[session], writer);
  }
  if (pending == nullptr) {
    writer.number(0);
  } else {
    write_pending(*pending, pending_place, writer);
  }
}

Status read_snapshot(std::string_view bytes, const Config& config, ConnectionRecord& record) {
  Reader reader(bytes);
  const std::uint8_t version = reader.byte();
  if (version > kVersion) return Status::unsupported_snapshot;
  const std::uint8_t flags = reader.byte();
  reader.require(version != 0 && (flags & ~kKnownFlags[version]) == 0);
  record.protocol = (flags & kProtocol3) != 0 ? EngineProtocol::v3 : EngineProtocol::v4;
  record.state = (flags & kHasJoined) != 0 ? ConnectionState::joined : ConnectionState::opened;
  record.transport = (flags & kPolls) != 0 ? Transport::polling : Transport::websocket;
  record.opened_at = reader.time();
  record.last_heard = reader.time();
  record.heartbeat = reader.time();
  if ((flags & kIsAsked) != 0) record.asked_at = reader.time();
  record.engine_id = reader.text();
  const std::uint32_t sessions = reader.count();
  reader.require(sessions <= config.max_sessions_per_connection);
  for (std::uint32_t i = 0; i < sessions && reader.ok(); ++i) {
    read_session(reader, record.sessions.emplace_back(), record.rooms);
  }
  read_pending(reader, config, record);
  const bool whole = reader.ok() && reader.at_end();
  return whole && is_possible(record) ? Status::ok : Status::corrupt_snapshot;
}

}  // namespace dormouse
