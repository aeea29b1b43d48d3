// The JSON that belongs to the protocol itself: handshake, CONNECT's answer, CONNECT_ERROR.
#pragma once

#include <string>
#include <string_view>

#include "dormouse/types.h"

namespace dormouse {

/// Engine.IO protocol, "Handshake": `{"sid":…,"upgrades":[…],"pingInterval":…,…}`. A
/// client of a polling transport is told of WebSocket if that is among `Config::transports`.
[[nodiscard]] std::string handshake_json(std::string_view engine_id, Transport transport,
                                         const Config& config);

/// Socket.IO protocol, "Connection to a namespace": `{"sid":…}`, with `pid` if it is not empty.
[[nodiscard]] std::string connect_json(std::string_view session_id, std::string_view recovery_id);

/// `{"message":…}`.
[[nodiscard]] std::string error_json(std::string_view message);

}  // namespace dormouse
