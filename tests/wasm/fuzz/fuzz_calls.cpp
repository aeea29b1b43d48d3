// Bytes as a sequence of calls, with handles that may not exist, in any order; after each call the
// invariants have to hold. Snapshots are restored whole and damaged, into the same server.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "../support/delivery.h"
#include "byte_source.h"
#include "check.h"

namespace dormouse::fuzz {

namespace {

constexpr std::string_view kNames[] = {"/", "/a", "/b", "/__proto__"};
constexpr std::string_view kRooms[] = {"den", "", "hall", "sid0", "\xF0\x9F\x90\xAD"};
constexpr std::string_view kMessages[] = {
    "40",    "40/a,{}",  "40/b",        "40/a?x=1,",  "42[\"x\"]", "42/a,7[\"x\"]",
    "430[]", "43/a,1[]", "452-[\"x\"]", "461-/a,0[]", "41",        "41/a,",
    "2",     "3",        "6",           "bAAEC",      "b4AAEC",    "44{}",
};

class Machine {
 public:
  Machine(ByteSource& source, const Config& config)
      : source_(source), config_(config), server_(config) {}

  void run() {
    while (!source_.empty()) {
      now_ += source_.number(4) == 0 ? source_.byte() * 100 : 1;
      // Clocks are set back as well.
      if (source_.number(32) == 31) now_ = std::max(0.0, now_ - source_.byte() * 1000.0);
      if (source_.number(2) == 0)
        happen();
      else
        command();
      require_invariants(server_, config_);
    }
    require_clean_end(server_);
  }

 private:
  /// Mostly what has that handle now; sometimes a handle that it had before, or nothing at all.
  std::uint32_t perhaps_stale(std::uint32_t handle, std::uint32_t index) {
    const std::uint32_t choice = source_.byte();
    if (handle != kNone && choice >= 32) return handle;
    return choice % 4 << kHandleIndexBits | index;
  }
  ConnectionHandle connection() {
    const std::uint32_t index = source_.number(server_.connection_limit() + 2);
    return perhaps_stale(server_.connection_at(index), index);
  }
  /// Mostly one that exists.
  SessionHandle session() {
    const auto sessions = server_.sessions_of(connection());
    if (sessions.empty()) return perhaps_stale(kNone, source_.number(12));
    return sessions[source_.number(static_cast<std::uint32_t>(sessions.size()))];
  }
  NamespaceHandle name_space() {
    const std::uint32_t index = source_.number(server_.namespace_limit() + 2);
    return perhaps_stale(server_.namespace_at(index), index);
  }
  DisconnectReason reason() { return static_cast<DisconnectReason>(source_.number(9)); }

  void happen() {
    switch (source_.number(9)) {
    case 0:
      return open();
    case 1:
    case 2:
      return text(source_.pick(kMessages));
    case 3:
      return text(source_.text());
    case 4:
      (void)server_.handle_binary(now_, connection(), source_.byte(), source_.byte());
      return;
    case 5:
      (void)server_.handle_close(connection(), reason());
      return;
    case 6:
      (void)server_.handle_fault(connection(),
                                 static_cast<Fault>(source_.number(std::size(kFaults))));
      return;
    case 7:
      (void)server_.handle_pong(now_, connection(), now_ - source_.byte());
      return;
    default:
      server_.handle_timeout(now_);
    }
  }

  void open() {
    ConnectionHandle connection = kNone;
    const auto protocol = source_.number(3) == 0 ? EngineProtocol::v3 : EngineProtocol::v4;
    const std::string id = "engine" + std::to_string(next_id_++);
    const auto transport = source_.number(4) == 0 ? Transport::polling : Transport::websocket;
    (void)server_.handle_open(now_, protocol, transport, id, connection);
  }

  void text(std::string_view message) {
    const ConnectionHandle to = connection();
    // The units of text that is not UTF-8 may be anything.
    Status status = Status::ok;
    const std::string broken =
        test::handle_both_ways(server_, config_, now_, to, test::whole(message), status);
    require(broken.empty(), broken);
    if (status == Status::more_head_needed) {
      require(test::units_of(message) > message.size(), "a whole message is not enough");
    }
    if (config_.has_external_codec()) {
      const AckId ack = source_.number(2) == 0 ? kNoAck : source_.byte();
      (void)server_.handle_packet(to, static_cast<PacketType>(source_.number(7)),
                                  source_.pick(kNames), ack);
    }
  }

  void command() {
    std::uint32_t change = 0;
    AckId ack = 0;
    const std::string id = "sid" + std::to_string(source_.number(6));
    switch (source_.number(16)) {
    case 0:
      server_.add_namespace(source_.pick(kNames));
      return;
    case 1:
      (void)server_.remove_namespace(name_space());
      return;
    case 2:
    case 3:
      (void)server_.assign(session(), name_space(), id);
      return;
    case 4:
    case 5:
      if (source_.number(8) == 0) (void)server_.rename(session(), id);
      (void)server_.admit(session(), source_.number(2) == 0 ? "" : "pid");
      return;
    case 6:
      (void)server_.refuse(session(), "{}");
      return;
    case 7:
      (void)server_.reject(session());
      return;
    case 8:
      (void)(source_.number(4) == 0 ? server_.unlist(session()) : server_.disconnect(session()));
      return;
    case 9:
      (void)server_.close_session(session(), reason());
      return;
    case 10:
      (void)server_.close_connection(connection(), reason());
      return;
    case 11:
      (void)server_.release(session());
      return;
    case 12:
      (void)server_.join(session(), source_.pick(kRooms), change);
      return;
    case 13:
      (void)server_.leave(session(), source_.pick(kRooms), change);
      return;
    case 14:
      (void)(source_.number(2) == 0 ? server_.allocate_ack(session(), ack)
                                    : allocate_broadcast_ack());
      return;
    default:
      if (source_.number(8) == 0) {
        server_.set_connect_timeout(source_.byte());
      } else if (source_.number(8) == 0) {
        server_.send_pings(now_);
      } else if (source_.number(4) == 0) {
        upgrade();
      } else {
        save_and_restore();
      }
    }
  }

  void upgrade() {
    const ConnectionHandle handle = connection();
    const std::uint32_t choice = source_.number(3);
    (void)(choice == 0   ? server_.begin_upgrade(handle)
           : choice == 1 ? server_.finish_upgrade(handle)
                         : server_.abandon_upgrade(handle));
  }

  Status allocate_broadcast_ack() {
    AckId ack = 0;
    const NamespaceHandle handle = name_space();
    const auto all = server_.resolve(handle, {}, {}).sessions;
    return server_.allocate_broadcast_ack(handle, std::vector(all.begin(), all.end()), ack);
  }

  /// Takes a snapshot, damages it perhaps, ends its connection perhaps, and restores it.
  void save_and_restore() {
    const ConnectionHandle from = connection();
    std::string snapshot(server_.snapshot(from));
    const bool is_whole = source_.number(2) == 0;
    if (!is_whole && !snapshot.empty()) {
      snapshot[source_.number(static_cast<std::uint32_t>(snapshot.size()))] ^=
          static_cast<char>(source_.byte());
      if (source_.number(4) == 0)
        snapshot.resize(snapshot.size() - source_.number(9) % snapshot.size());
    }
    if (source_.number(4) > 0) {
      (void)server_.handle_close(from, DisconnectReason::transport_close);
      const auto sessions = server_.sessions_of(from);
      for (const SessionHandle one : std::vector(sessions.begin(), sessions.end())) {
        (void)server_.release(one);
      }
    }
    ConnectionHandle restored = kNone;
    const Status status = server_.restore(now_, snapshot, restored);
    const bool has_room = server_.connection_count() < config_.max_connections;
    require(!is_whole || snapshot.empty() || status == Status::ok || !has_room,
            "our own snapshot is refused");
    (void)server_.poll_changed();
  }

  ByteSource& source_;
  Config config_;
  Server server_;
  Milliseconds now_ = 1000;
  int next_id_ = 0;
};

}  // namespace

}  // namespace dormouse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dormouse;
  // Long sequences teach nothing that short ones do not.
  fuzz::ByteSource source(data, std::min<std::size_t>(size, 600));
  const std::uint8_t choice = source.byte();
  Config config;
  config.max_connections = 4;
  config.max_sessions_per_connection = 3;
  config.max_payload = 100;
  config.transports = kWebsocketTransport | kPollingTransport;
  if ((choice & 4U) != 0) config.max_pending_sessions = 1;
  if ((choice & 8U) != 0) config.max_rooms_per_session = 2;
  if ((choice & 16U) != 0) config.max_room_bytes_per_session = 8;
  if ((choice & 1U) != 0) config.packet_codec = 1;
  if ((choice & 2U) != 0) config.pong_source = 1;
  fuzz::Machine(source, config).run();
  return 0;
}
