// How a fuzz target says that something does not hold.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../support/invariants.h"

namespace dormouse::fuzz {

inline void require(bool condition, std::string_view what) {
  if (condition) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

inline void require_invariants(Server& server, const Config& config) {
  const std::string broken = test::Invariants(server, config).broken();
  require(broken.empty(), broken);
}

/// Ends every connection, and makes sure that nothing is left.
inline void require_clean_end(Server& server) {
  for (std::uint32_t index = 0; index < server.connection_limit(); ++index) {
    const ConnectionHandle connection = server.connection_at(index);
    if (connection == kNone) continue;
    (void)server.close_connection(connection, DisconnectReason::server_shutting_down);
    const auto sessions = server.sessions_of(connection);
    for (const SessionHandle session : std::vector(sessions.begin(), sessions.end())) {
      require(server.release(session) == Status::ok, "a session cannot be released");
    }
    require(server.connection_at(index) == kNone, "a connection is left");
  }
  require(server.connection_count() == 0, "connections are counted that are not there");
  for (std::uint32_t index = 0; index < server.namespace_limit(); ++index) {
    const NamespaceHandle handle = server.namespace_at(index);
    if (handle == kNone) continue;
    require(server.rooms_in(handle).empty(), "a room is left");
    require(server.resolve(handle, {}, {}).sessions.empty(), "a recipient is left");
    require(server.remove_namespace(handle) == Status::ok, "a namespace is still in use");
  }
  server.handle_timeout(1e12);
  require(server.poll_changed().empty(), "a connection is left in the list of changes");
}

}  // namespace dormouse::fuzz
