// What the core asks of its caller. Effects are 32-bit little-endian words in one queue:
//
//   word 0      kind | word count of the fields << 16
//   word 1…     the fields, in the order given below
//
// The queue is valid until the next call into the core. Encoder, decoders (glue/core/abi.gen.ts
// too) and the tests' support are made from these tables.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace dormouse {

/// How a field is written.
enum class FieldKind : std::uint8_t {
  /// A handle, an offset in UTF-16 units, an enumerator; `kNone` where that makes sense.
  number,
  /// 1 or 0.
  flag,
  /// Two words: offset and length in the queue's byte arena.
  text,
  /// Two words, low first; all ones for no id.
  ack,
  /// Two words, low first: a double's bits.
  time,
};

[[nodiscard]] constexpr std::uint32_t width_of(FieldKind kind) {
  return kind == FieldKind::number || kind == FieldKind::flag ? 1 : 2;
}

/// Send this text frame.
#define DORMOUSE_SEND_FIELDS(F) F(number, connection) F(text, text)
/// Close the connection's transports; for the core it is over already. `fault`: the `Fault` whose
/// text the client gets; if none, it gets that of `reason`, a `DisconnectReason`.
#define DORMOUSE_CLOSE_FIELDS(F) \
  F(number, connection) F(number, code) F(number, fault) F(number, reason)
/// A client asks to join. The caller answers with `assign` and then `admit` or `refuse`, or with
/// `reject`. `namespace`: none when no such namespace is open. `offset`, `end`: the payload, in
/// UTF-16 units of the message. Without `offset` there is no payload; without `end` it goes up to
/// the message's end. For Engine.IO 3 the payload is the namespace's query string. A session that
/// asks again after a restore has no payload here.
#define DORMOUSE_CONNECT_FIELDS(F) \
  F(number, session)               \
  F(number, connection) F(number, namespace) F(text, name) F(number, offset) F(number, end)
/// Deliver an EVENT (or an ACK). With `attachments` the payload is the pending packet's and
/// `offset` is none.
#define DORMOUSE_DELIVER_FIELDS(F) \
  F(number, session) F(ack, ackId) F(number, offset) F(number, attachments)
/// The text half of a binary packet came; keep its payload until its attachments are there.
#define DORMOUSE_PENDING_FIELDS(F) F(number, connection) F(number, offset)
/// One attachment came, as the binary message itself (offset none; for Engine.IO 3 without its
/// first byte) or as base64 text from this offset on.
#define DORMOUSE_ATTACHMENT_FIELDS(F) F(number, connection) F(number, offset)
/// Emit `error` on this socket. `fault`: a `Fault`.
#define DORMOUSE_ERROR_FIELDS(F) F(number, session) F(number, fault)
/// Run `disconnecting` listeners, then call `release`; until then the session keeps its rooms.
/// `reason`: a `DisconnectReason`. `connected`: whether the session was connected.
#define DORMOUSE_CLOSING_FIELDS(F) F(number, session) F(number, reason) F(flag, connected)
/// Call `handle_timeout` at this time (milliseconds since the epoch) or earlier; `kNever`: never.
#define DORMOUSE_DEADLINE_FIELDS(F) F(time, time)
/// A pong (Engine.IO 4) or ping (Engine.IO 3) arrived.
#define DORMOUSE_HEARTBEAT_FIELDS(F) F(number, connection)
/// This message was handled before a heartbeat that is due: call `send_pings`.
#define DORMOUSE_OVERDUE_FIELDS(F)
/// External codec: decode this message, from this unit on (offset none: the binary message as a
/// whole; for Engine.IO 3 without its first byte).
#define DORMOUSE_MESSAGE_FIELDS(F) F(number, connection) F(number, offset)
/// External codec: encode and send this packet; the payload is JSON text, or empty. `type`: a
/// `PacketType`.
#define DORMOUSE_PACKET_FIELDS(F) \
  F(number, connection) F(number, type) F(text, name) F(text, payload)

/// Columns: name, number (never reused), fields.
#define DORMOUSE_EFFECTS(X)                    \
  X(send, 1, DORMOUSE_SEND_FIELDS)             \
  X(close, 2, DORMOUSE_CLOSE_FIELDS)           \
  X(connect, 3, DORMOUSE_CONNECT_FIELDS)       \
  X(event, 4, DORMOUSE_DELIVER_FIELDS)         \
  X(ack, 5, DORMOUSE_DELIVER_FIELDS)           \
  X(pending, 6, DORMOUSE_PENDING_FIELDS)       \
  X(attachment, 7, DORMOUSE_ATTACHMENT_FIELDS) \
  X(error, 8, DORMOUSE_ERROR_FIELDS)           \
  X(closing, 9, DORMOUSE_CLOSING_FIELDS)       \
  X(deadline, 10, DORMOUSE_DEADLINE_FIELDS)    \
  X(heartbeat, 11, DORMOUSE_HEARTBEAT_FIELDS)  \
  X(message, 12, DORMOUSE_MESSAGE_FIELDS)      \
  X(packet, 13, DORMOUSE_PACKET_FIELDS)        \
  X(overdue, 14, DORMOUSE_OVERDUE_FIELDS)

enum class EffectKind : std::uint16_t {
#define X(name, value, fields) name = (value),
  DORMOUSE_EFFECTS(X)
#undef X
};

[[nodiscard]] constexpr std::uint32_t width_of(std::initializer_list<FieldKind> fields) {
  std::uint32_t width = 0;
  for (const FieldKind field : fields) width += width_of(field);
  return width;
}

/// Words behind the first one, by number; there is no effect 0.
inline constexpr std::uint32_t kEffectWidths[] = {0,
#define F(type, name) FieldKind::type,
#define X(name, value, fields) width_of({fields(F)}),
                                                  DORMOUSE_EFFECTS(X)
#undef X
#undef F
};
inline constexpr std::uint32_t kEffectKinds = sizeof kEffectWidths / sizeof kEffectWidths[0];

/// 0 if there is no such kind, or it has no fields.
[[nodiscard]] constexpr std::uint32_t width_of(EffectKind kind) {
  const auto number = static_cast<std::uint32_t>(kind);
  return number < kEffectKinds ? kEffectWidths[number] : 0;
}

}  // namespace dormouse
