// Names of the enumerators, for reading and writing vectors.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include "dormouse/effect.h"
#include "dormouse/error.h"
#include "dormouse/types.h"

namespace dormouse::test {

#define X(name, ...) #name,
inline constexpr std::string_view kStatusNames[] = {DORMOUSE_STATUSES(X)};
inline constexpr std::string_view kReasonNames[] = {DORMOUSE_DISCONNECT_REASONS(X)};
inline constexpr std::string_view kFaultNames[] = {DORMOUSE_FAULTS(X)};
inline constexpr std::string_view kPacketTypeNames[] = {DORMOUSE_PACKET_TYPES(X)};
inline constexpr std::string_view kEnginePacketTypeNames[] = {DORMOUSE_ENGINE_PACKET_TYPES(X)};
#undef X

inline std::string_view name_of(Status status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}
inline std::string_view name_of(DisconnectReason reason) {
  return kReasonNames[static_cast<std::size_t>(reason)];
}
inline std::string_view name_of(Fault fault) {
  return kFaultNames[static_cast<std::size_t>(fault)];
}
inline std::string_view name_of(PacketType type) {
  return kPacketTypeNames[static_cast<std::size_t>(type)];
}
inline std::string_view name_of(EnginePacketType type) {
  return kEnginePacketTypeNames[static_cast<std::size_t>(type)];
}

/// The enumerator of a name in one of the tables above.
template <typename Enum, std::size_t size>
std::optional<Enum> find_name(const std::string_view (&names)[size], std::string_view name) {
  const auto* const found = std::find(std::begin(names), std::end(names), name);
  if (found == std::end(names)) return std::nullopt;
  return static_cast<Enum>(found - std::begin(names));
}

}  // namespace dormouse::test
