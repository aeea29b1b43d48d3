// Rooms of a namespace: who is where, and who gets a broadcast.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dormouse/server.h"
#include "state.h"

namespace dormouse {

/// Borrows the state; keeps only the memory of its answers.
class Rooms {
 public:
  /// `last_mark`: the last number given to a query (`Session::mark`). Tests start near the wrap.
  explicit Rooms(State& state, std::uint32_t last_mark = 0)
      : state_(state), last_mark_(last_mark) {}

  /// Whether the limits of rooms allow it. The session must exist.
  [[nodiscard]] Status may_join(SessionHandle session, std::string_view room) const;
  /// Joins whatever the limits say. Returns `RoomChange` flags. The session must exist and have a
  /// namespace.
  std::uint32_t join(SessionHandle session, std::string_view room);
  std::uint32_t leave(SessionHandle session, std::string_view room);
  /// Leaves every room, and the namespace's list: it gets no broadcasts from then on.
  void leave_all(SessionHandle session);
  /// Puts the session on its namespace's list: it gets broadcasts until it leaves all.
  void admit(SessionHandle session);

  [[nodiscard]] std::span<const std::string_view> rooms_of(SessionHandle session);
  [[nodiscard]] std::span<const std::string_view> rooms_in(NamespaceHandle name_space);
  [[nodiscard]] Recipients resolve(NamespaceHandle name_space,
                                   std::span<const std::string_view> rooms,
                                   std::span<const std::string_view> except);
  [[nodiscard]] Recipients members_of(NamespaceHandle name_space, std::string_view room);
  [[nodiscard]] std::uint32_t member_count(NamespaceHandle name_space, std::string_view room);
  /// A connected session by id; `kNone` if there is none.
  [[nodiscard]] SessionHandle find_session(NamespaceHandle name_space, std::string_view id);

 private:
  /// The room of this name, if the session is in it; else null.
  [[nodiscard]] RoomEntry* find_joined(SessionHandle session, std::string_view room) const;
  [[nodiscard]] bool is_in(SessionHandle session, RoomEntry& room) const;
  [[nodiscard]] RoomEntry& find_or_create(Namespace& name_space, std::string_view room);
  /// Returns whether that was the last member, with which the room is destroyed.
  bool remove_member(Namespace& name_space, RoomEntry& room, SessionHandle session);
  void destroy(Namespace& name_space, RoomEntry& room);
  void unlist(SessionHandle session);
  [[nodiscard]] std::uint32_t next_mark();
  /// Makes space for so many more recipients.
  void make_space(std::size_t count);
  void add_recipient(SessionHandle session, std::uint32_t mark);

  State& state_;
  std::uint32_t last_mark_;
  std::vector<std::string_view> names_;
  std::vector<SessionHandle> sessions_;
  std::vector<ConnectionHandle> connections_;
  /// How many recipients `resolve` has found so far.
  std::size_t recipients_ = 0;
};

}  // namespace dormouse
