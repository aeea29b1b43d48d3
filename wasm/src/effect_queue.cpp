#include "effect_queue.h"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace dormouse {

namespace {

constexpr std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32U);
}
std::uint32_t length_of(std::string_view text) { return static_cast<std::uint32_t>(text.size()); }

}  // namespace

void EffectQueue::clear() {
  words_.clear();
  bytes_.clear();
}

void EffectQueue::send(ConnectionHandle connection, std::initializer_list<std::string_view> parts) {
  const auto offset = static_cast<std::uint32_t>(bytes_.size());
  for (const std::string_view part : parts) bytes_.append(part);
  push(EffectKind::send, {connection, offset, static_cast<std::uint32_t>(bytes_.size()) - offset});
}

void EffectQueue::close(ConnectionHandle connection, std::uint16_t code, std::optional<Fault> fault,
                        DisconnectReason reason) {
  const std::uint32_t of_fault = fault ? static_cast<std::uint32_t>(*fault) : kNone;
  push(EffectKind::close, {connection, code, of_fault, static_cast<std::uint32_t>(reason)});
}

void EffectQueue::connect(const ConnectAsked& asked) {
  const std::uint32_t offset = append(asked.name);
  push(EffectKind::connect, {asked.session, asked.connection, asked.name_space, offset,
                             length_of(asked.name), asked.payload_offset, asked.payload_end});
}

void EffectQueue::deliver(const Delivery& delivery) {
  push(delivery.type == PacketType::event ? EffectKind::event : EffectKind::ack,
       {delivery.session, low(delivery.ack_id), high(delivery.ack_id), delivery.payload_offset,
        delivery.attachments});
}

void EffectQueue::pending(ConnectionHandle connection, std::uint32_t payload_offset) {
  push(EffectKind::pending, {connection, payload_offset});
}

void EffectQueue::attachment(ConnectionHandle connection, std::uint32_t offset) {
  push(EffectKind::attachment, {connection, offset});
}

void EffectQueue::error(SessionHandle session, Fault fault) {
  push(EffectKind::error, {session, static_cast<std::uint32_t>(fault)});
}

void EffectQueue::closing(SessionHandle session, DisconnectReason reason,
                          std::uint32_t was_connected) {
  push(EffectKind::closing, {session, static_cast<std::uint32_t>(reason), was_connected});
}

void EffectQueue::deadline(Milliseconds at) {
  const auto bits = std::bit_cast<std::uint64_t>(at);
  push(EffectKind::deadline, {low(bits), high(bits)});
}

void EffectQueue::message(ConnectionHandle connection, std::uint32_t offset) {
  push(EffectKind::message, {connection, offset});
}

void EffectQueue::packet(ConnectionHandle connection, PacketType type, std::string_view name_space,
                         std::string_view payload) {
  const std::uint32_t name_offset = append(name_space);
  const std::uint32_t payload_offset = append(payload);
  push(EffectKind::packet, {connection, static_cast<std::uint32_t>(type), name_offset,
                            length_of(name_space), payload_offset, length_of(payload)});
}

void EffectQueue::heartbeat(ConnectionHandle connection) {
  push(EffectKind::heartbeat, {connection});
}

void EffectQueue::overdue() { push(EffectKind::overdue, {}); }

void EffectQueue::push(EffectKind kind, std::initializer_list<std::uint32_t> fields) {
  const std::size_t start = words_.size();
  words_.resize(start + 1 + fields.size());
  words_[start] =
      static_cast<std::uint32_t>(kind) | (static_cast<std::uint32_t>(fields.size()) << 16U);
  std::copy(fields.begin(), fields.end(), words_.data() + start + 1);
}

std::uint32_t EffectQueue::append(std::string_view bytes) {
  const auto offset = static_cast<std::uint32_t>(bytes_.size());
  bytes_.append(bytes);
  return offset;
}

}  // namespace dormouse
