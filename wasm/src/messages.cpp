#include "messages.h"

#include "engine_packet.h"

namespace dormouse {

namespace {

/// How most messages begin: an EVENT in "/" that asks for no acknowledgement. In all protocols.
constexpr std::string_view kPlainEvent = "42[";

/// Compares unit by unit, because comparing strings takes a call.
constexpr bool is_plain_event(std::string_view head) {
  return head.size() == kPlainEvent.size() && head[0] == kPlainEvent[0] &&
         head[1] == kPlainEvent[1] && head[2] == kPlainEvent[2];
}

}  // namespace

Status Messages::handle_text(ConnectionHandle handle, const TextHead& text) {
  engine_.note_message();
  if (text.total_bytes > state_.config().max_payload) {
    punish(handle, Fault::message_too_large);
    return Status::ok;
  }
  const Frame frame = decode_frame(text, state_.connections()[handle].protocol);
  if (frame.kind == FrameKind::more_head_needed) return Status::more_head_needed;
  if (frame.kind == FrameKind::invalid) {
    punish(handle, Fault::unknown_engine_packet);
  } else if (frame.kind == FrameKind::base64) {
    engine_.note_heard(handle);
    handle_data(handle, frame.data_offset);
  } else {
    const EngineAction action = engine_.handle_packet(handle, frame.type);
    if (action == EngineAction::fault) punish(handle, Fault::heartbeat_direction);
    if (action == EngineAction::deliver) {
      return handle_socket_packet(handle, text, frame.data_offset);
    }
  }
  return Status::ok;
}

Status Messages::handle_socket_packet(ConnectionHandle handle, const TextHead& text,
                                      std::uint32_t start) {
  if (state_.config().has_external_codec()) {
    effects_.message(handle, start);
    return Status::ok;
  }
  const Connection& connection = state_.connections()[handle];
  const EngineProtocol protocol = connection.protocol;
  std::optional<Fault> fault = sockets_.check_text(connection);
  if (!fault) {
    const DecodedHead decoded = decode_packet_head(text, start, protocol, state_.config());
    if (decoded.result == DecodeResult::more_head_needed) return Status::more_head_needed;
    fault = decoded.result == DecodeResult::faulty ? decoded.fault
                                                   : sockets_.handle_packet(handle, decoded.head);
  }
  if (fault) punish(handle, *fault);
  return Status::ok;
}

std::optional<PacketHead> Messages::read_head(const TextHead& text, EngineProtocol protocol,
                                              const Config& config) {
  if (is_plain_event(text.bytes)) {
    // Running the codec, whose code is in no cache, would take a tenth of such a message's time.
    return PacketHead{.type = PacketType::event,
                      .name_space = kRootNamespace,
                      .payload_offset = kPlainEvent.size() - 1};
  }
  const Frame frame = decode_frame(text, protocol);
  if (frame.kind != FrameKind::packet) return std::nullopt;
  if (action_of(frame.type, protocol) != EngineAction::deliver) return std::nullopt;
  const auto [result, fault, head] = decode_packet_head(text, frame.data_offset, protocol, config);
  if (result != DecodeResult::decoded || head.payload_offset == kNone) return std::nullopt;
  return head;
}

void Messages::handle_binary(ConnectionHandle handle, std::uint32_t size, std::uint8_t first_byte) {
  engine_.note_message();
  const Frame frame = decode_binary_frame(size, first_byte, state_.connections()[handle].protocol);
  if (size > state_.config().max_payload) {
    punish(handle, Fault::message_too_large);
  } else if (frame.kind == FrameKind::invalid) {
    punish(handle, Fault::unknown_engine_packet);
  } else {
    const EngineAction action = engine_.handle_packet(handle, frame.type);
    if (action == EngineAction::fault) punish(handle, Fault::heartbeat_direction);
    if (action == EngineAction::deliver) handle_data(handle, kNone);
  }
}

void Messages::handle_packet(ConnectionHandle handle, PacketType type, std::string_view name_space,
                             AckId ack_id) {
  PacketHead head;
  // Attachments are the codec's affair: to the sessions a binary event is an event.
  head.type = type == PacketType::binary_event ? PacketType::event
              : type == PacketType::binary_ack ? PacketType::ack
                                               : type;
  head.name_space = name_space;
  head.ack_id = ack_id;
  const bool is_too_long = name_space.size() > state_.config().max_namespace_length;
  const std::optional<Fault> fault =
      is_too_long ? Fault::namespace_too_long : sockets_.handle_packet(handle, head);
  if (fault) punish(handle, *fault);
}

void Messages::handle_data(ConnectionHandle handle, std::uint32_t offset) {
  if (state_.config().has_external_codec()) {
    effects_.message(handle, offset);
    return;
  }
  if (const std::optional<Fault> fault = sockets_.handle_attachment(handle, offset)) {
    punish(handle, *fault);
  }
}

void Messages::shut(ConnectionHandle handle, DisconnectReason reason, std::uint16_t code,
                    std::optional<Fault> fault) {
  effects_.close(handle, code, fault, reason);
  drop(handle, reason);
}

void Messages::drop(ConnectionHandle handle, DisconnectReason reason) {
  engine_.close(handle);
  sockets_.lose_all(handle, reason);
  engine_.free_if_over(handle);
}

void Messages::punish(ConnectionHandle handle, Fault fault) {
  const FaultRow& row = describe(fault);
  sockets_.report_fault(handle, fault);
  shut(handle, row.reason, row.close_code, fault);
}

}  // namespace dormouse
