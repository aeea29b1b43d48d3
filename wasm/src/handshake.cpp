#include "handshake.h"

namespace dormouse {

HandshakeError check_handshake(const State& state, const HandshakeRequest& request) {
  const bool is_websocket = request.transport == "websocket";
  const std::uint32_t transport = is_websocket                     ? kWebsocketTransport
                                  : request.transport == "polling" ? kPollingTransport
                                                                   : 0;
  if ((state.config().transports & transport) == 0) return HandshakeError::unknown_transport;
  if (!request.sid.empty()) {
    const ConnectionHandle known = state.find_connection(request.sid);
    if (known == kNone) return HandshakeError::unknown_sid;
    const Transport now = state.connections()[known].transport;
    const bool polls = now != Transport::websocket;
    // A WebSocket may come to a session that polls; every other request is for the transport it
    // has.
    const bool fits =
        request.is_upgrade ? is_websocket && now == Transport::polling : polls != is_websocket;
    return fits ? HandshakeError::none : HandshakeError::bad_request;
  }
  if (request.method != "GET") return HandshakeError::bad_handshake_method;
  if (is_websocket != request.is_upgrade) return HandshakeError::bad_request;
  if (request.protocol != "4" && !request.allow_protocol_3) {
    return HandshakeError::unsupported_protocol_version;
  }
  return HandshakeError::none;
}

}  // namespace dormouse
