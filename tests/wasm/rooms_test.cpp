// What cannot be reached from outside in reasonable time.
#include <doctest/doctest.h>

#include <string>

#include "engine_session.h"
#include "rooms.h"
#include "socket_session.h"
#include "state.h"

namespace dormouse::test {

namespace {

/// Clients in one namespace, and rooms whose queries have any number.
class Fixture {
 public:
  Fixture() : name_space_(namespaces_.open("/")) {}

  SessionHandle add_client(std::string_view room) {
    const std::string id = "client" + std::to_string(state_.open_connections());
    const ConnectionHandle connection = engine_.open(EngineProtocol::v4, Transport::websocket, id);
    PacketHead head;
    head.name_space = "/";
    CHECK_FALSE(sockets_.handle_packet(connection, head).has_value());
    const SessionHandle session = state_.connections()[connection].sessions.front();
    CHECK_EQ(sockets_.assign(session, name_space_, id), Status::ok);
    CHECK_EQ(sockets_.admit(session, ""), Status::ok);
    std::uint32_t change = 0;
    CHECK_EQ(sockets_.join(session, room, change), Status::ok);
    return session;
  }

  /// Rooms whose last query had this number.
  Rooms rooms_after(std::uint32_t last_mark) { return Rooms(state_, last_mark); }

  std::size_t count(Rooms& rooms, std::string_view room) const {
    return rooms.resolve(name_space_, {&room, 1}, {}).sessions.size();
  }
  std::size_t count_except(Rooms& rooms, std::string_view room) const {
    return rooms.resolve(name_space_, {}, {&room, 1}).sessions.size();
  }

 private:
  State state_{Config{}};
  EffectQueue effects_;
  Rooms rooms_{state_};
  EngineSessions engine_{state_, effects_};
  Namespaces namespaces_{state_};
  SocketSessions sockets_{state_, effects_, rooms_, namespaces_};
  NamespaceHandle name_space_;
};

}  // namespace

// Sessions carry the number of the last query that saw them, and new ones carry 0. When the numbers
// have come round, none of that may be taken for the number of the query that is being made.
TEST_CASE("the numbers of queries start anew: everybody is seen, whatever number they carry") {
  for (int others = 0; others < 8; ++others) {
    CAPTURE(others);
    Fixture fixture;
    (void)fixture.add_client("den");
    (void)fixture.add_client("den");
    (void)fixture.add_client("hall");
    (void)fixture.add_client("attic");
    Rooms early = fixture.rooms_after(0);
    for (int query = 1; query <= 3; ++query) CHECK_EQ(fixture.count(early, "den"), 2);
    Rooms late = fixture.rooms_after(0xFFFF'FFFF);
    for (int query = 0; query < others; ++query) CHECK_EQ(fixture.count(late, "hall"), 1);
    CHECK_EQ(fixture.count(late, "attic"), 1);
    Rooms later = fixture.rooms_after(0xFFFF'FFFF);
    for (int query = 0; query < others; ++query) CHECK_EQ(fixture.count(later, "hall"), 1);
    CHECK_EQ(fixture.count(later, "den"), 2);
  }
}

TEST_CASE("the numbers of queries start anew: who was excepted long ago is not any more") {
  for (int others = 0; others < 8; ++others) {
    CAPTURE(others);
    Fixture fixture;
    (void)fixture.add_client("den");
    (void)fixture.add_client("hall");
    Rooms early = fixture.rooms_after(0);
    for (int query = 1; query <= 3; ++query) CHECK_EQ(fixture.count_except(early, "den"), 1);
    Rooms late = fixture.rooms_after(0xFFFF'FFFF);
    for (int query = 0; query < others; ++query) CHECK_EQ(fixture.count(late, "nobody"), 0);
    CHECK_EQ(fixture.count_except(late, "nobody"), 2);
  }
}

}  // namespace dormouse::test
