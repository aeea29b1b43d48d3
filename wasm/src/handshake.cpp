// Engine.IO handshake requests: who is let in. Upstream's `verify` and `handshake`, in its order.
#include "dormouse/server.h"

namespace dormouse {

HandshakeError check_handshake(const HandshakeRequest& request) {
  if (request.transport != "websocket") return HandshakeError::unknown_transport;
  // There is no transport to upgrade from, so no id can be known.
  if (!request.sid.empty()) return HandshakeError::unknown_sid;
  if (request.method != "GET") return HandshakeError::bad_handshake_method;
  if (!request.is_upgrade) return HandshakeError::bad_request;
  if (request.protocol != "4" && !request.allow_protocol_3) {
    return HandshakeError::unsupported_protocol_version;
  }
  return HandshakeError::none;
}

}  // namespace dormouse
