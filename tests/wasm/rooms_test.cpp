// What cannot be reached from outside in reasonable time.
#include <doctest/doctest.h>

#include "rooms.h"
#include "state.h"

namespace dormouse::test {

TEST_CASE("the numbers of queries may start anew") {
  State state;
  Rooms rooms(state);
  const ConnectionHandle connection = state.connections.take();
  const NamespaceHandle name_space = state.namespaces.take();
  SessionHandle sessions[3];
  for (SessionHandle& session : sessions) {
    session = state.sessions.take();
    state.sessions[session].connection = connection;
    state.sessions[session].name_space = name_space;
    ++state.namespaces[name_space].references;
    rooms.admit(session);
    CHECK_EQ(rooms.join(session, "den"), session == sessions[0] ? 3 : 1);
  }
  rooms.join(sessions[1], "out");
  const std::string_view den = "den";
  const std::string_view out = "out";
  // The sessions carry marks of early queries when the numbers come round to them again.
  for (const std::uint32_t last : {0U, 1U, 0xFFFF'FFFDU, 0xFFFF'FFFEU, 0xFFFF'FFFFU}) {
    state.next_mark = last;
    for (int query = 0; query < 5; ++query) {
      CHECK_EQ(rooms.resolve(name_space, {&den, 1}, {}).sessions.size(), 3);
      CHECK_EQ(rooms.resolve(name_space, {}, {&out, 1}).sessions.size(), 2);
      CHECK_EQ(rooms.resolve(name_space, {}, {}).sessions.size(), 3);
    }
  }
}

}  // namespace dormouse::test
