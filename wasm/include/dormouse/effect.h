// What the core asks of its caller. Effects are 32-bit little-endian words in one queue:
//
//   word 0      kind | field count << 16
//   word 1…     the fields, in the order given below
//
// Bytes are (offset, length) into the queue's byte arena. 64-bit values are two words, low first.
// The queue is valid until the next call into the core.
#pragma once

#include <cstdint>

namespace dormouse {

/// Columns: name, number of field words, fields.
///
/// send        connection, bytes offset, bytes length: send this text frame.
/// close       connection, close code, reason bytes offset, reason bytes length, DisconnectReason:
///             close the WebSocket; the connection is gone for the core.
/// connect     session, connection, namespace (or none when no such namespace is open), name bytes
///             offset, name bytes length, payload offset, payload end: a client asks to join. The
///             caller answers with `assign` and then `admit` or `refuse`, or with `reject`. Payload
///             positions are UTF-16 units of the message; offset none: no payload; end none: up to
///             the end. For Engine.IO 3 the payload is the namespace's query string. A session
///             that asks again after a restore has no payload here.
/// event       session, ack id low, ack id high, payload offset, attachment count: deliver. With
///             attachments the payload is the pending packet's and the offset is none.
/// ack         the same for an ACK or BINARY_ACK.
/// pending     connection, payload offset: the text half of a binary packet came; keep its payload
///             until its attachments are there.
/// attachment  connection, offset: one attachment came, as the binary message itself (offset none;
///             for Engine.IO 3 without its first byte) or as base64 text from this offset on.
/// error       session, Fault: emit `error` on this socket.
/// closing     session, DisconnectReason, 1 if it was connected: run `disconnecting`, then call
///             `release`. Rooms are still there until then.
/// deadline    time low, time high (a double's bits): call `handle_timeout` then, or earlier; with
///             `kNever` there is no need.
/// message     connection, offset: external codec: decode this message, from this unit on (offset
///             none: the binary message as a whole; for Engine.IO 3 without its first byte).
/// packet      connection, PacketType, name offset, name length, payload offset, payload length:
///             external codec: encode and send this packet; the payload is JSON text, or empty.
/// heartbeat   connection: a pong (Engine.IO 4) or ping (Engine.IO 3) arrived.
#define DORMOUSE_EFFECTS(X) \
  X(send, 1, 3)             \
  X(close, 2, 5)            \
  X(connect, 3, 7)          \
  X(event, 4, 5)            \
  X(ack, 5, 5)              \
  X(pending, 6, 2)          \
  X(attachment, 7, 2)       \
  X(error, 8, 2)            \
  X(closing, 9, 3)          \
  X(deadline, 10, 2)        \
  X(heartbeat, 11, 1)       \
  X(message, 12, 2)         \
  X(packet, 13, 6)

enum class EffectKind : std::uint16_t {
#define X(name, value, fields) name = (value),
  DORMOUSE_EFFECTS(X)
#undef X
};

}  // namespace dormouse
