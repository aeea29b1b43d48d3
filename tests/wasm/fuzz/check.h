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

/// `limit`: one past the largest handle of a connection that may be in use.
inline void require_invariants(Server& server, const Config& config, std::uint32_t limit) {
  const std::string broken = test::Invariants(server, config, limit).broken();
  require(broken.empty(), broken);
}

/// Ends every connection, and makes sure that nothing is left.
inline void require_clean_end(Server& server, std::uint32_t limit) {
  for (ConnectionHandle connection = 0; connection < limit; ++connection) {
    (void)server.close_connection(connection, DisconnectReason::server_shutting_down);
    const auto sessions = server.sessions_of(connection);
    for (const SessionHandle session : std::vector(sessions.begin(), sessions.end())) {
      require(server.release(session) == Status::ok, "a session cannot be released");
    }
    require(server.engine_id(connection).empty(), "a connection is left");
  }
  require(server.connection_count() == 0, "connections are counted that are not there");
  for (NamespaceHandle handle = 0; handle < server.namespace_limit(); ++handle) {
    if (server.namespace_name(handle).empty()) continue;
    require(server.rooms_in(handle).empty(), "a room is left");
    require(server.resolve(handle, {}, {}).sessions.empty(), "a recipient is left");
    require(server.remove_namespace(handle) == Status::ok, "a namespace is still in use");
  }
  server.handle_timeout(1e12);
  require(server.poll_changed().empty(), "a connection is left in the list of changes");
}

}  // namespace dormouse::fuzz
