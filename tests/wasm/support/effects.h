// Effects as values and as lines of text.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dormouse/effect.h"
#include "dormouse/server.h"
#include "names.h"
#include "text_units.h"

namespace dormouse::test {

struct Effect {
  EffectKind kind = EffectKind::send;
  std::vector<std::uint32_t> fields;
  /// The bytes that the fields refer to, in their order.
  std::vector<std::string> texts;
};

/// The kinds of a kind's fields; empty if there is no such kind.
inline std::vector<FieldKind> fields_of(std::uint32_t kind) {
  switch (kind) {
#define F(type, name) FieldKind::type,
#define X(name, value, fields) \
  case value:                  \
    return {fields(F)};
    DORMOUSE_EFFECTS(X)
#undef X
#undef F
  default:
    return {};
  }
}

/// Indexes of the words that are offsets into the bytes; lengths follow them.
inline std::vector<std::size_t> text_words(std::uint32_t kind) {
  std::vector<std::size_t> words;
  std::size_t at = 0;
  for (const FieldKind field : fields_of(kind)) {
    if (field == FieldKind::text) words.push_back(at);
    at += width_of(field);
  }
  return words;
}

/// Decodes a queue as the glue does. `valid` becomes false if it is malformed.
inline std::vector<Effect> decode_effects(const Effects& queue, bool& valid) {
  std::vector<Effect> effects;
  std::size_t bytes = 0;
  for (std::size_t at = 0; at < queue.words.size();) {
    const std::uint32_t kind = queue.words[at] & 0xFFFFU;
    const std::uint32_t count = queue.words[at] >> 16U;
    if (kind == 0 || kind >= kEffectKinds || count != width_of(static_cast<EffectKind>(kind)) ||
        at + 1 + count > queue.words.size()) {
      valid = false;
      return effects;
    }
    Effect& effect = effects.emplace_back();
    effect.kind = static_cast<EffectKind>(kind);
    effect.fields.assign(queue.words.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                         queue.words.begin() + static_cast<std::ptrdiff_t>(at + 1 + count));
    for (const std::size_t field : text_words(kind)) {
      const std::uint32_t offset = effect.fields[field];
      const std::uint32_t length = effect.fields[field + 1];
      if (offset > queue.bytes.size() || length > queue.bytes.size() - offset) {
        valid = false;
        return effects;
      }
      effect.texts.emplace_back(queue.bytes.substr(offset, length));
      bytes += length;
    }
    at += 1 + count;
  }
  // Nothing is left of earlier calls.
  valid = valid && bytes == queue.bytes.size();
  return effects;
}

/// How handles are written.
class HandleNames {
 public:
  virtual ~HandleNames() = default;
  [[nodiscard]] virtual std::string connection(ConnectionHandle handle) const {
    return numbered('c', handle);
  }
  [[nodiscard]] virtual std::string session(SessionHandle handle) const {
    return numbered('s', handle);
  }
  [[nodiscard]] virtual std::string name_space(NamespaceHandle handle) const {
    return numbered('n', handle);
  }

 private:
  static std::string numbered(char letter, std::uint32_t handle) {
    return handle == kNone ? "-" : letter + std::to_string(index_of(handle));
  }
};

/// Writes effects as the vectors have them. `message` is the text message that caused them, if any:
/// where an effect has an offset, the line has what is there.
class EffectWriter {
 public:
  EffectWriter(const HandleNames& names, std::string_view message)
      : names_(names), message_(message) {}

  [[nodiscard]] std::string line(const Effect& effect) const {
    const auto& fields = effect.fields;
    switch (effect.kind) {
    case EffectKind::send:
      return "send " + connection(effect) + " " + effect.texts[0];
    case EffectKind::close:
      return "close " + connection(effect) + " " + std::to_string(fields[1]) + " \"" +
             close_text(fields[2], fields[3]) + "\" " + reason(fields[3]);
    case EffectKind::connect:
      return "connect " + session(effect) + " " + names_.connection(fields[1]) + " " +
             names_.name_space(fields[2]) + " " + effect.texts[0] + payload(fields[5], fields[6]);
    case EffectKind::event:
      return "event " + session(effect) + delivery(fields);
    case EffectKind::ack:
      return "ack " + session(effect) + delivery(fields);
    case EffectKind::pending:
      return "pending " + connection(effect) + payload(fields[1]);
    case EffectKind::attachment:
      return "attachment " + connection(effect) + data(fields[1]);
    case EffectKind::error:
      return "error " + session(effect) + " " + std::string(name_of(static_cast<Fault>(fields[1])));
    case EffectKind::closing:
      return "closing " + session(effect) + " " + reason(fields[1]) +
             (fields[2] != 0 ? "" : " unconnected");
    case EffectKind::deadline:
      return "deadline " + time(fields);
    case EffectKind::heartbeat:
      return "heartbeat " + connection(effect);
    case EffectKind::overdue:
      return "overdue";
    case EffectKind::message:
      return "message " + connection(effect) + data(fields[1]);
    case EffectKind::packet:
      return "packet " + connection(effect) + " " +
             std::string(name_of(static_cast<PacketType>(fields[1]))) + " " + effect.texts[0] +
             (effect.texts[1].empty() ? "" : " " + effect.texts[1]);
    }
    return "?";
  }

  static double deadline(const std::vector<std::uint32_t>& fields) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(fields[1]) << 32U | fields[0]);
  }

 private:
  [[nodiscard]] std::string connection(const Effect& effect) const {
    return names_.connection(effect.fields[0]);
  }
  [[nodiscard]] std::string session(const Effect& effect) const {
    return names_.session(effect.fields[0]);
  }
  /// What the client gets to read.
  static std::string close_text(std::uint32_t fault, std::uint32_t of_reason) {
    static constexpr std::string_view kOfFaults[] = {
#define X(name, message, reason, event, code, wire) wire,
        DORMOUSE_FAULTS(X)
#undef X
    };
    static constexpr std::string_view kOfReasons[] = {
#define X(name, text) text,
        DORMOUSE_DISCONNECT_REASONS(X)
#undef X
    };
    return std::string(fault == kNone ? kOfReasons[of_reason] : kOfFaults[fault]);
  }

  static std::string reason(std::uint32_t value) {
    return std::string(name_of(static_cast<DisconnectReason>(value)));
  }
  /// The part of the message behind a word for it.
  [[nodiscard]] std::string slice(std::string word, std::uint32_t from, std::uint32_t to) const {
    const std::string_view text = slice_units(message_, from, to);
    return word.append(text.empty() ? "" : " ").append(text);
  }
  [[nodiscard]] std::string payload(std::uint32_t from, std::uint32_t to = kNone) const {
    return from == kNone ? "" : slice(to == kNone ? " payload" : " query", from, to);
  }
  [[nodiscard]] std::string data(std::uint32_t from) const {
    return from == kNone ? " binary" : slice(" text", from, kNone);
  }
  [[nodiscard]] std::string delivery(const std::vector<std::uint32_t>& fields) const {
    const std::uint64_t ack = static_cast<std::uint64_t>(fields[2]) << 32U | fields[1];
    return (ack == kNoAck ? "" : " id " + std::to_string(ack)) +
           (fields[4] == 0 ? "" : " attachments " + std::to_string(fields[4])) + payload(fields[3]);
  }
  static std::string time(const std::vector<std::uint32_t>& fields) {
    const double at = deadline(fields);
    return at == kNever ? "never" : std::to_string(static_cast<std::uint64_t>(at));
  }

  const HandleNames& names_;
  std::string_view message_;
};

}  // namespace dormouse::test
