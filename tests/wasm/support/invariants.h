// What holds of a server after every call, whatever was called. Only the public interface is asked.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dormouse/server.h"
#include "effects.h"

namespace dormouse::test {

class Invariants {
 public:
  Invariants(Server& server, const Config& config) : server_(server), config_(config) {}

  /// What does not hold; empty if all is well.
  [[nodiscard]] std::string broken() {
    check_effects();
    check_connections();
    for (std::uint32_t index = 0; index < server_.namespace_limit(); ++index) {
      const NamespaceHandle name_space = server_.namespace_at(index);
      if (name_space != kNone) check_namespace(name_space);
    }
    return broken_;
  }

 private:
  void require(bool condition, std::string_view what) {
    if (!condition && broken_.empty()) broken_ = what;
  }

  void check_effects() {
    bool valid = true;
    for (const Effect& effect : decode_effects(server_.poll_effects(), valid)) {
      const bool is_of_session =
          effect.kind == EffectKind::event || effect.kind == EffectKind::ack ||
          effect.kind == EffectKind::error || effect.kind == EffectKind::closing;
      if (is_of_session || effect.kind == EffectKind::connect) {
        require(server_.connection_of(effect.fields[0]) != kNone, "an effect names no session");
      }
    }
    require(valid, "the queue of effects is malformed");
  }

  void check_connections() {
    std::uint32_t open = 0;
    for (std::uint32_t index = 0; index < server_.connection_limit(); ++index) {
      const ConnectionHandle connection = server_.connection_at(index);
      if (connection == kNone) continue;
      const std::span<const SessionHandle> sessions = server_.sessions_of(connection);
      const bool is_open = !server_.snapshot(connection).empty();
      open += is_open ? 1 : 0;
      require(is_open || !sessions.empty(), "a closed connection outlives its sessions");
      require(sessions.size() <= config_.max_sessions_per_connection, "too many sessions");
      for (const SessionHandle session : sessions) check_session(connection, session, is_open);
    }
    require(open == server_.connection_count(), "the count of connections");
    require(open <= config_.max_connections, "too many connections");
  }

  void check_session(ConnectionHandle connection, SessionHandle session, bool is_open) {
    const NamespaceHandle name_space = server_.namespace_of(session);
    const std::string_view name = server_.namespace_name(name_space);
    require(server_.connection_of(session) == connection, "a session of another connection");
    require(server_.find_namespace(name) == name_space, "a namespace's name");
    require(is_open || !server_.is_connected(session), "connected on a closed connection");
    for (const SessionHandle other : server_.sessions_of(connection)) {
      const bool is_twin = other != session && server_.namespace_of(other) == name_space;
      require(!is_twin || !server_.is_connected(session) || !server_.is_connected(other),
              "two connected sessions in one namespace");
    }
    if (server_.is_connected(session) && server_.is_listed(session)) {
      require(is_among(session, server_.resolve(name_space, {}, {}).sessions),
              "a connected session gets no broadcasts");
      const SessionHandle found = server_.find_session(name_space, server_.session_id(session));
      require(found != kNone && server_.session_id(found) == server_.session_id(session),
              "a connected session is not found");
    }
    require(server_.is_listed(session) ==
                is_among(session, server_.resolve(name_space, {}, {}).sessions),
            "who is listed gets broadcasts, and nobody else");
    for (const std::string& room : names(server_.rooms_of(session))) {
      require(is_among(session, server_.members_of(name_space, room).sessions),
              "a room does not know its member");
    }
  }

  void check_namespace(NamespaceHandle name_space) {
    check_recipients(name_space, server_.resolve(name_space, {}, {}));
    const std::vector<std::string> rooms = names(server_.rooms_in(name_space));
    for (const std::string& room : rooms) {
      check_recipients(name_space, server_.members_of(name_space, room));
      const auto members = handles(server_.members_of(name_space, room).sessions);
      require(!members.empty(), "an empty room");
      require(server_.member_count(name_space, room) == members.size(), "members are miscounted");
      for (const SessionHandle member : members) {
        const std::vector<std::string> own = names(server_.rooms_of(member));
        require(std::count(own.begin(), own.end(), room) == 1, "a member does not know its room");
      }
      const std::string_view view = room;
      check_recipients(name_space, server_.resolve(name_space, {&view, 1}, {}));
      const auto others = handles(server_.resolve(name_space, {}, {&view, 1}).sessions);
      for (const SessionHandle member : members) {
        require(!is_among(member, others), "an excepted session gets the broadcast");
      }
    }
  }

  void check_recipients(NamespaceHandle name_space, const Recipients& recipients) {
    require(recipients.sessions.size() == recipients.connections.size(), "lists side by side");
    const std::vector<SessionHandle> sessions = handles(recipients.sessions);
    const std::vector<ConnectionHandle> connections = handles(recipients.connections);
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      require(server_.namespace_of(sessions[i]) == name_space, "a recipient of another namespace");
      require(server_.connection_of(sessions[i]) == connections[i], "a recipient's connection");
      require(is_among(sessions[i], server_.sessions_of(connections[i])), "an unknown recipient");
      require(std::count(sessions.begin(), sessions.end(), sessions[i]) == 1, "twice a recipient");
    }
  }

  static std::vector<std::uint32_t> handles(std::span<const std::uint32_t> list) {
    return {list.begin(), list.end()};
  }
  static std::vector<std::string> names(std::span<const std::string_view> list) {
    return {list.begin(), list.end()};
  }
  static bool is_among(std::uint32_t handle, std::span<const std::uint32_t> list) {
    return std::find(list.begin(), list.end(), handle) != list.end();
  }

  Server& server_;
  const Config& config_;
  std::string broken_;
};

}  // namespace dormouse::test
