// `handle_delivery` and `handle_text` on the same message: they have to agree.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dormouse/server.h"
#include "effects.h"

namespace dormouse::test {

/// Whether this is the only effect of a message whose payload is at hand.
inline bool is_delivery(const std::vector<Effect>& effects) {
  if (effects.size() != 1) return false;
  const Effect& effect = effects.front();
  if (effect.kind != EffectKind::event && effect.kind != EffectKind::ack) return false;
  return effect.fields[3] != kNone && effect.fields[4] == 0;
}

inline bool is_same(const Delivery& delivery, const Effect& effect) {
  const EffectKind kind = delivery.type == PacketType::event ? EffectKind::event : EffectKind::ack;
  const std::vector<std::uint32_t> fields = {delivery.session,
                                             static_cast<std::uint32_t>(delivery.ack_id),
                                             static_cast<std::uint32_t>(delivery.ack_id >> 32U),
                                             delivery.payload_offset, delivery.attachments};
  return effect.kind == kind && effect.fields == fields;
}

/// The message with a head that ends as `handle_delivery` wants it: with the first unit of an
/// array.
inline TextHead up_to_array(TextHead text) {
  const std::size_t start = text.bytes.find('[');
  if (start != std::string_view::npos) text.bytes = text.bytes.substr(0, start + 1);
  return text;
}

/// Whether a delivery that came as text is one that `handle_delivery` takes.
inline bool is_short(const TextHead& text, const Effect& effect, const Config& config) {
  const AckId ack_id = static_cast<AckId>(effect.fields[2]) << 32U | effect.fields[1];
  const bool has_short_ack = ack_id == kNoAck || ack_id <= kMaxDeliveredAck;
  const bool ends_with_payload = effect.fields[3] + 1 == text.bytes.size();
  return has_short_ack && ends_with_payload && text.total_units <= config.max_payload / 3;
}

/// Hands a message in as a delivery and then as text, which changes nothing more if it was one.
/// `status` is that of the text. Returns what does not hold; empty if all is well.
inline std::string handle_both_ways(Server& server, const Config& config, Milliseconds now,
                                    ConnectionHandle connection, const TextHead& text,
                                    Status& status) {
  const std::string before(server.snapshot(connection));
  const TextHead head = up_to_array(text);
  const std::optional<Delivery> delivery = server.handle_delivery(now, connection, head);
  const std::string between(server.snapshot(connection));
  if (!delivery && before != between) return "what is no delivery changed something";
  if (delivery && !server.poll_effects().words.empty()) return "a delivery has effects";

  status = server.handle_text(now, connection, text);
  bool valid = true;
  const std::vector<Effect> effects = decode_effects(server.poll_effects(), valid);
  if (!delivery) {
    if (!is_delivery(effects) || !is_short(head, effects.front(), config)) return "";
    // The first that overtakes a timeout is none. The text has told the server so.
    const bool is_one_now = server.handle_delivery(now, connection, head).has_value();
    return is_one_now ? "" : "a delivery was not taken for one";
  }
  if (status != Status::ok || !is_delivery(effects)) return "it was no delivery";
  if (!is_same(*delivery, effects.front())) return "a delivery differs from its effect";
  return between == server.snapshot(connection) ? "" : "a delivery notes less than its text";
}

}  // namespace dormouse::test
