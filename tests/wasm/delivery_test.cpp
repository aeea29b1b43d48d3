// What `handle_delivery` says of any head, to a client in any state, is what `handle_text` says.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

#include "support/delivery.h"

namespace dormouse::test {

namespace {

constexpr std::string_view kPieces[] = {
    "4",  "42", "43", "40", "41", "451-", "461-",    "2",  "3",  "/",
    "/a", "/b", ",",  "[",  "{",  "\"",   "]",       "0",  "17", "9",
    "b",  "b4", "?",  "é",  "🐭", " ",    "[\"x\"]", "-1", "1e", "9007199254740991"};

class Run {
 public:
  explicit Run(std::uint32_t seed) : random_(seed) {}

  void go() {
    Config config;
    if (number(8) == 0) config.packet_codec = 1;
    if (number(4) == 0) config.max_payload = number(60);
    if (number(4) == 0) config.max_namespace_length = number(3);
    Server server(config);
    const ConnectionHandle connection = client_of(server);
    Milliseconds now = 10'000;
    for (int i = 0; i < 6; ++i) {
      const std::string message = message_of_pieces();
      // A clock that is set back, one that is trimmed, and one that goes on.
      now += number(12) == 0 ? -2'000.0 : number(6) == 0 ? -1.0 : 500.0;
      const std::size_t shown = number(3) == 0 ? cut(message) : message.size();
      Status status = Status::ok;
      const std::string broken =
          handle_both_ways(server, config, now, connection, head_of(message, shown), status);
      INFO("message ", message, ", bytes shown ", shown);
      CHECK_EQ(broken, "");
      if (status == Status::more_head_needed) {
        status = server.handle_text(now, connection, whole(message));
        CHECK_NE(status, Status::more_head_needed);
      }
      bool valid = true;
      deliveries_ += is_delivery(decode_effects(server.poll_effects(), valid)) ? 1 : 0;
    }
  }

  [[nodiscard]] int deliveries() const { return deliveries_; }

 private:
  std::uint32_t number(std::uint32_t limit) {
    return std::uniform_int_distribution<std::uint32_t>(0, limit - 1)(random_);
  }

  std::string message_of_pieces() {
    std::string message = number(3) == 0 ? "" : number(2) == 0 ? "42" : "43";
    for (std::uint32_t count = number(5); count > 0; --count) {
      message += kPieces[number(std::size(kPieces))];
    }
    return message;
  }

  /// Bytes up to the end of some code point.
  std::size_t cut(std::string_view message) {
    std::size_t end = 0;
    while (end < message.size() && number(6) != 0) end += code_point_size(message[end]);
    return end;
  }

  /// One client that is somewhere on its way into "/", and perhaps in "/a".
  ConnectionHandle client_of(Server& server) {
    const auto protocol = number(4) == 0 ? EngineProtocol::v3 : EngineProtocol::v4;
    ConnectionHandle connection = kNone;
    CHECK_EQ(server.handle_open(0, protocol, Transport::websocket, "ann", connection), Status::ok);
    for (const std::string_view name : {"/", "/a"}) {
      const NamespaceHandle name_space = server.add_namespace(name);
      (void)server.handle_packet(connection, PacketType::connect, name, kNoAck);
      const std::span<const SessionHandle> sessions = server.sessions_of(connection);
      const SessionHandle session = sessions.empty() ? kNone : sessions.back();
      if (number(8) != 0) (void)server.assign(session, name_space, "id");
      if (number(8) != 0) (void)server.admit(session, "");
      if (number(16) == 0) (void)server.disconnect(session);
    }
    // In the midst of a binary packet.
    if (number(16) == 0) (void)server.handle_text(0, connection, whole("451-[0]"));
    if (number(24) == 0) (void)server.close_connection(connection, DisconnectReason::forced_close);
    return connection;
  }

  std::mt19937 random_;
  int deliveries_ = 0;
};

/// A client that is admitted to "/".
ConnectionHandle open_in_root(Server& server) {
  const NamespaceHandle root = server.add_namespace("/");
  ConnectionHandle connection = kNone;
  REQUIRE_EQ(server.handle_open(0, EngineProtocol::v4, Transport::websocket, "ann", connection),
             Status::ok);
  REQUIRE_EQ(server.handle_packet(connection, PacketType::connect, "/", kNoAck), Status::ok);
  const SessionHandle session = server.sessions_of(connection).front();
  REQUIRE_EQ(server.assign(session, root, "id"), Status::ok);
  REQUIRE_EQ(server.admit(session, ""), Status::ok);
  return connection;
}

}  // namespace

TEST_CASE("a delivery is what the text would have been, whatever the head and the state") {
  int deliveries = 0;
  for (std::uint32_t seed = 0; seed < 3'000; ++seed) {
    Run run(seed);
    run.go();
    deliveries += run.deliveries();
  }
  CHECK_GT(deliveries, 500);
}

TEST_CASE("what is no delivery because of its head or its ack id changes nothing") {
  Server server(Config{});
  const ConnectionHandle connection = open_in_root(server);
  const std::string before(server.snapshot(connection));
  CHECK_FALSE(server.handle_delivery(10, connection, whole("42[\"a\"]")).has_value());
  CHECK_FALSE(server.handle_delivery(10, connection, whole("422097150[")).has_value());
  CHECK_EQ(server.snapshot(connection), before);
  CHECK(server.handle_delivery(10, connection, whole("422097149[")).has_value());
  CHECK_NE(server.snapshot(connection), before);
}

TEST_CASE("a delivery is heard, and so no client is silent that sends nothing else") {
  Config config;
  Server server(config);
  const ConnectionHandle connection = open_in_root(server);
  (void)server.poll_changed();
  for (Milliseconds now = 25'000; now < 300'000; now += 25'000) {
    server.handle_timeout(now);
    const TextHead head = up_to_array(whole("42[\"a\"]"));
    CHECK(server.handle_delivery(now + 19'000, connection, head).has_value());
    CHECK(server.poll_changed().empty());
    server.handle_timeout(now + 20'000);
    REQUIRE_EQ(server.connection_count(), 1);
  }
  server.handle_timeout(300'000);
  server.handle_timeout(320'000);
  CHECK_EQ(server.connection_count(), 0);
}

TEST_CASE(
    "a head that is too short tells nothing, and what there was to tell comes with the rest") {
  Server server(Config{});
  ConnectionHandle connection = kNone;
  REQUIRE_EQ(
      server.handle_open(50'000, EngineProtocol::v4, Transport::websocket, "ann", connection),
      Status::ok);
  // The clock is set back: the deadline moves, and the heartbeat is due; then time goes on.
  for (const Milliseconds now : {10'000, 40'000}) {
    TextHead head = whole("40/chat,");
    head.bytes = head.bytes.substr(0, 4);
    CHECK_EQ(server.handle_text(now, connection, head), Status::more_head_needed);
    CHECK(server.poll_effects().words.empty());
    CHECK_EQ(server.handle_text(now, connection, whole("6")), Status::ok);
    bool valid = true;
    const std::vector<Effect> effects = decode_effects(server.poll_effects(), valid);
    const bool is_set_back = now == 10'000;
    REQUIRE_EQ(effects.size(), is_set_back ? 2 : 1);
    CHECK_EQ(effects.front().kind, EffectKind::overdue);
    if (is_set_back) CHECK_EQ(effects.back().kind, EffectKind::deadline);
  }
}

}  // namespace dormouse::test
