// Engine.IO's checks of a request that opens a connection, or that belongs to an open one.
#pragma once

#include "dormouse/server.h"
#include "state.h"

namespace dormouse {

/// What is wrong with a request, in upstream's order. Never `forbidden`: see
/// `Server::check_handshake`.
[[nodiscard]] HandshakeError check_handshake(const State& state, const HandshakeRequest& request);

}  // namespace dormouse
