// Snapshots that were damaged: refused as a whole, or read as something that could have been.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "dormouse/server.h"
#include "support/invariants.h"
#include "support/names.h"
#include "support/scenario.h"

namespace dormouse::test {

namespace {

constexpr Milliseconds kNow = 5000;

/// Snapshots of connections in all kinds of states.
std::vector<std::string> samples() {
  const std::vector<std::vector<std::string_view>> scripts = {
      {"visitor ann"},
      {"client ann /"},
      {"client ann / pid-1", "join s0 den", "join s0 attic", "allocate-ack s0"},
      {"client ann /", "client ann /chat", "client ann /news", "join s2 den"},
      {"visitor ann", "text c0 40/dynamic-1"},
      {"namespace /", "visitor ann", "text c0 40", "assign s0 n0 sid-1"},
      {"client ann /", "text c0 40/later", "text c0 452-7[\"x\"]", "binary c0 3"},
      {"client ann /", "client ann /a", "text c0 461-/a,0[]", "disconnect s1", "release s1"},
      {"client ann /", "disconnect s0", "release s0"},
      {"open v3 ann", "text c0 40/chat?a=1,"},
  };
  std::vector<std::string> snapshots;
  for (const std::vector<std::string_view>& script : scripts) {
    Scenario scenario;
    (void)scenario.run("at 1000");
    for (const std::string_view line : script) (void)scenario.run(line);
    snapshots.emplace_back(scenario.server().snapshot(0));
    REQUIRE_FALSE(snapshots.back().empty());
  }
  return snapshots;
}

/// A server that has one connection already, so that there is something to disturb.
class Target {
 public:
  Target() : server_(config_) {
    (void)server_.add_namespace("/");
    ConnectionHandle connection = kNone;
    REQUIRE_EQ(
        server_.handle_open(kNow, EngineProtocol::v4, Transport::websocket, "first", connection),
        Status::ok);
    before_ = server_.snapshot(0);
  }

  Status restore(std::string_view snapshot) { return server_.restore(kNow, snapshot, restored_); }

  void check_untouched() {
    CHECK_EQ(server_.connection_count(), 1);
    CHECK_EQ(server_.snapshot(0), before_);
    CHECK_EQ(server_.namespace_limit(), 1);
    CHECK(server_.poll_effects().words.empty());
    check_invariants();
  }

  void check_invariants() {
    const std::string broken = Invariants(server_, config_).broken();
    CHECK_MESSAGE(broken.empty(), broken);
  }

  /// What was restored is as good as any connection: it can be saved, used, and ended.
  void check_usable() {
    check_invariants();
    const std::string again(server_.snapshot(restored_));
    Target other;
    CHECK_EQ(other.restore(again), Status::ok);
    CHECK_EQ(other.server_.snapshot(other.restored_), again);
    server_.handle_timeout(kNow);
    check_invariants();
    if (!server_.snapshot(restored_).empty()) {
      CHECK_EQ(server_.handle_binary(kNow, restored_, 4, 4), Status::ok);
      check_invariants();
      (void)server_.handle_close(restored_, DisconnectReason::transport_close);
    }
    const auto sessions = server_.sessions_of(restored_);
    for (const SessionHandle session : std::vector(sessions.begin(), sessions.end())) {
      CHECK_EQ(server_.release(session), Status::ok);
    }
    CHECK_EQ(server_.sessions_of(restored_).size(), 0);
    CHECK(server_.engine_id(restored_).empty());
    CHECK(server_.resolve(0, {}, {}).sessions.empty());
    for (NamespaceHandle handle = 1; handle < server_.namespace_limit(); ++handle) {
      CHECK(server_.namespace_name(handle).empty());
    }
  }

 private:
  Config config_;
  Server server_;
  std::string before_;
  ConnectionHandle restored_ = kNone;
};

}  // namespace

TEST_CASE("a snapshot that is whole comes back, byte for byte") {
  for (const std::string& snapshot : samples()) {
    Target target;
    REQUIRE_EQ(target.restore(snapshot), Status::ok);
    target.check_usable();
  }
}

TEST_CASE("a snapshot that is cut anywhere is refused") {
  for (const std::string& snapshot : samples()) {
    for (std::size_t size = 0; size < snapshot.size(); ++size) {
      CAPTURE(size);
      Target target;
      CHECK_EQ(target.restore(std::string_view(snapshot).substr(0, size)),
               Status::corrupt_snapshot);
      target.check_untouched();
    }
  }
}

TEST_CASE("a snapshot with anything behind it is refused") {
  for (const std::string& snapshot : samples()) {
    for (const char more : {'\0', '\1', 'x'}) {
      Target target;
      CHECK_EQ(target.restore(snapshot + more), Status::corrupt_snapshot);
      target.check_untouched();
    }
  }
}

TEST_CASE("any byte may be any other: refused, or something that could have been") {
  for (const std::string& snapshot : samples()) {
    for (std::size_t at = 0; at < snapshot.size(); ++at) {
      for (const int change : {1, 2, 4, 8, 16, 32, 64, 128, 127, 255}) {
        std::string damaged = snapshot;
        damaged[at] = static_cast<char>(damaged[at] ^ change);
        Target target;
        const Status status = target.restore(damaged);
        if (status == Status::ok) {
          target.check_usable();
        } else {
          target.check_untouched();
        }
      }
    }
  }
}

TEST_CASE("a snapshot of a newer version is told from a damaged one") {
  std::string snapshot = samples().front();
  for (int version = 0; version < 256; ++version) {
    snapshot[0] = static_cast<char>(version);
    Target target;
    const Status expected = version == 1 || version == 2 ? Status::ok
                            : version == 0               ? Status::corrupt_snapshot
                                                         : Status::unsupported_snapshot;
    CHECK_EQ(target.restore(snapshot), expected);
  }
}

TEST_CASE("what cannot be is refused") {
  const std::string start = "0102"
                            "0000000000408f40"
                            "0000000000408f40"
                            "0000000000408f40"
                            "0161";
  const std::string not_joined = "0100" + start.substr(4);
  const std::string waiting = "00012f00";  // in "/", next ack id 0
  const std::string connected = "01012f000173"
                                "00"
                                "00";  // the same with id "s", no rooms
  const auto restore = [](const std::string& hex) {
    const std::vector<std::string> lines = Scenario().run("restore " + hex);
    return lines.empty() ? "ok" : lines.front().starts_with("! ") ? lines.front() : "ok";
  };
  const std::string corrupt = "! corrupt_snapshot";
  CHECK_EQ(restore(start + "00"
                           "00"),
           "ok");
  CHECK_EQ(restore(start + "01" + connected + "00"), "ok");
  CHECK_EQ(restore(not_joined + "01" + waiting + "00"), "ok");
  // Connected without ever having joined.
  CHECK_EQ(restore(not_joined + "01" + connected + "00"), corrupt);
  // Twice in one namespace.
  CHECK_EQ(restore(start + "02" + connected + waiting + "00"), corrupt);
  // Ids and names may be empty: no Engine.IO id, no namespace's name, no session id.
  CHECK_EQ(restore(start.substr(0, start.size() - 4) + "00"
                                                       "00"
                                                       "00"),
           "ok");
  CHECK_EQ(restore(start + "01"
                           "000000"
                           "00"),
           "ok");
  CHECK_EQ(restore(start + "01"
                           "01012f00000000"
                           "00"),
           "ok");
  // Flags and states that do not exist.
  CHECK_EQ(restore("0106" + start.substr(4) +
                   "00"
                   "00"),
           corrupt);
  CHECK_EQ(restore(start + "01"
                           "03012f000173"
                           "0000"
                           "00"),
           corrupt);
  // Times that no clock shows: infinity, not a number, negative.
  for (const std::string_view time : {"000000000000f07f", "000000000000f87f", "000000000000f0bf"}) {
    CHECK_EQ(restore("0102" + std::string(time) + start.substr(20) +
                     "00"
                     "00"),
             corrupt);
  }
  // The largest ack id, and one more.
  CHECK_EQ(restore(start + "01"
                           "00012f"
                           "ffffffffffffff0f"
                           "00"),
           "ok");
  CHECK_EQ(restore(start + "01"
                           "00012f"
                           "8080808080808010"
                           "00"),
           corrupt);
  // Numbers have nine bytes at most, however little they say.
  CHECK_EQ(restore(start + "01"
                           "00012f"
                           "808080808080808000"
                           "00"),
           "ok");
  CHECK_EQ(restore(start + "01"
                           "00012f"
                           "80808080808080808000"
                           "00"),
           corrupt);
  // A packet that waits for two of three attachments: fine for the session that is connected.
  CHECK_EQ(restore(start + "01" + connected +
                   "02"
                   "05"
                   "01"
                   "03"
                   "00"),
           "ok");
  CHECK_EQ(restore(start + "01" + connected +
                   "02"
                   "05"
                   "00"
                   "03"
                   "00"),
           "ok");
  CHECK_EQ(restore(start + "01" + connected +
                   "0a"
                   "06"
                   "01"
                   "0a"
                   "8080808080808010"),
           "ok");
  // More than it has, more than any may have, of another type, of another session, with a large id.
  CHECK_EQ(restore(start + "01" + connected +
                   "04"
                   "05"
                   "01"
                   "03"
                   "00"),
           corrupt);
  CHECK_EQ(restore(start + "01" + connected +
                   "02"
                   "05"
                   "01"
                   "0b"
                   "00"),
           corrupt);
  CHECK_EQ(restore(start + "01" + connected +
                   "02"
                   "02"
                   "01"
                   "03"
                   "00"),
           corrupt);
  CHECK_EQ(restore(start + "01" + connected +
                   "02"
                   "05"
                   "02"
                   "03"
                   "00"),
           corrupt);
  CHECK_EQ(restore(start + "01" + waiting +
                   "02"
                   "05"
                   "01"
                   "03"
                   "00"),
           corrupt);
  CHECK_EQ(restore(start + "01" + connected +
                   "02"
                   "05"
                   "01"
                   "03"
                   "8180808080808010"),
           corrupt);
}

TEST_CASE("more sessions than a connection may have are refused") {
  Config config;
  config.max_sessions_per_connection = 2;
  Server large(Config{});
  ConnectionHandle connection = kNone;
  REQUIRE_EQ(large.handle_open(0, EngineProtocol::v4, Transport::websocket, "ann", connection),
             Status::ok);
  for (const std::string_view message : {"40/a", "40/b", "40/c"}) {
    Server small(config);
    REQUIRE_EQ(large.handle_text(0, connection, whole(message)), Status::ok);
    ConnectionHandle restored = kNone;
    const bool fits = large.sessions_of(connection).size() <= 2;
    CHECK_EQ(small.restore(0, large.snapshot(connection), restored),
             fits ? Status::ok : Status::corrupt_snapshot);
  }
}

TEST_CASE("a room that stands twice in a snapshot is joined once") {
  Scenario scenario;
  (void)scenario.run("restore 0102"
                     "0000000000408f40"
                     "0000000000408f40"
                     "0000000000408f40"
                     "0161"
                     "01"
                     "01012f000173"
                     "00"
                     "02"
                     "0164"
                     "0164"
                     "00");
  CHECK_EQ(scenario.run("rooms-of s0"), std::vector<std::string>{"d"});
  CHECK_EQ(scenario.run("members-of n0 d"), std::vector<std::string>{"s0@c0"});
}

}  // namespace dormouse::test
