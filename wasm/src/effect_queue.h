// The queue that effects are written to. Layout: dormouse/effect.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dormouse/effect.h"
#include "dormouse/error.h"
#include "dormouse/server.h"
#include "dormouse/types.h"

namespace dormouse {

/// The fields of a `connect` effect.
struct ConnectAsked {
  SessionHandle session = kNone;
  ConnectionHandle connection = kNone;
  NamespaceHandle name_space = kNone;
  std::string_view name;
  std::uint32_t payload_offset = kNone;
  std::uint32_t payload_end = kNone;
};

class EffectQueue {
 public:
  /// Forgets everything. Done at the start of every call.
  void clear();
  [[nodiscard]] Effects view() const { return {words_, bytes_}; }

  /// Sends the concatenation of the parts as one text frame.
  void send(ConnectionHandle connection, std::initializer_list<std::string_view> parts);
  void close(ConnectionHandle connection, std::uint16_t code, std::optional<Fault> fault,
             DisconnectReason reason);
  void connect(const ConnectAsked& asked);
  void deliver(const Delivery& delivery);
  void pending(ConnectionHandle connection, std::uint32_t payload_offset);
  void attachment(ConnectionHandle connection, std::uint32_t offset);
  void error(SessionHandle session, Fault fault);
  void closing(SessionHandle session, DisconnectReason reason, std::uint32_t was_connected);
  void deadline(Milliseconds at);
  void message(ConnectionHandle connection, std::uint32_t offset);
  void packet(ConnectionHandle connection, PacketType type, std::string_view name_space,
              std::string_view payload);
  void heartbeat(ConnectionHandle connection);
  void overdue();

 private:
  void push(EffectKind kind, std::initializer_list<std::uint32_t> fields);
  /// Returns the offset.
  std::uint32_t append(std::string_view bytes);

  std::vector<std::uint32_t> words_;
  std::string bytes_;
};

}  // namespace dormouse
