#include "rooms.h"

#include <algorithm>

namespace dormouse {

namespace {

/// Broadcasts reach what upstream has in `namespace.sockets`: admitted, and not yet released.
bool receives_broadcasts(const Session& session) {
  return session.state == SessionState::connected || session.state == SessionState::closing;
}

}  // namespace

std::uint32_t Rooms::join(SessionHandle handle, std::string_view room_name) {
  Session& session = state_.sessions[handle];
  Namespace& name_space = state_.namespaces[session.name_space];
  std::uint32_t change = kNothingChanged;
  const auto known = name_space.room_names.find(room_name);
  const bool created = known == name_space.room_names.end();
  const std::uint32_t index = created ? create(name_space, room_name) : known->second;
  if (std::find(session.rooms.begin(), session.rooms.end(), index) != session.rooms.end()) {
    return change;
  }
  enlist(handle);
  session.rooms.push_back(index);
  name_space.rooms[index].members.push_back(handle);
  state_.mark_changed(session.connection);
  change |= kMembershipChanged;
  if (created) change |= kRoomChanged;
  return change;
}

std::uint32_t Rooms::leave(SessionHandle handle, std::string_view room_name) {
  Session& session = state_.sessions[handle];
  Namespace& name_space = state_.namespaces[session.name_space];
  std::uint32_t change = kNothingChanged;
  const auto known = name_space.room_names.find(room_name);
  if (known == name_space.room_names.end()) return change;
  const auto position = std::find(session.rooms.begin(), session.rooms.end(), known->second);
  if (position == session.rooms.end()) return change;
  session.rooms.erase(position);
  remove_member(name_space, known->second, handle, change);
  state_.mark_changed(session.connection);
  return change;
}

void Rooms::leave_all(SessionHandle handle) {
  Session& session = state_.sessions[handle];
  if (session.name_space == kNone) return;
  Namespace& name_space = state_.namespaces[session.name_space];
  std::uint32_t change = kNothingChanged;
  for (const std::uint32_t room : session.rooms) remove_member(name_space, room, handle, change);
  session.rooms.clear();
  unlist(handle);
}

void Rooms::enlist(SessionHandle handle) {
  Session& session = state_.sessions[handle];
  if (session.listed) return;
  Namespace& name_space = state_.namespaces[session.name_space];
  session.listed = true;
  session.previous = name_space.last_session;
  session.next = kNone;
  (session.previous == kNone ? name_space.first_session : state_.sessions[session.previous].next) =
      handle;
  name_space.last_session = handle;
}

std::span<const std::string_view> Rooms::rooms_of(SessionHandle handle) {
  names_.clear();
  const Session* session = state_.sessions.find(handle);
  if (session == nullptr || session->name_space == kNone) return names_;
  const Namespace& name_space = state_.namespaces[session->name_space];
  for (const std::uint32_t room : session->rooms) names_.push_back(name_space.rooms[room].name);
  return names_;
}

std::span<const std::string_view> Rooms::rooms_in(NamespaceHandle handle) {
  names_.clear();
  const Namespace* name_space = state_.namespaces.find(handle);
  if (name_space == nullptr) return names_;
  for (std::uint32_t room = name_space->first_room; room != kNone;
       room = name_space->rooms[room].next) {
    names_.push_back(name_space->rooms[room].name);
  }
  return names_;
}

Recipients Rooms::resolve(NamespaceHandle handle, std::span<const std::string_view> rooms,
                          std::span<const std::string_view> except) {
  sessions_.clear();
  connections_.clear();
  Namespace* name_space = state_.namespaces.find(handle);
  if (name_space == nullptr) return {};
  const std::uint32_t mark = next_mark();
  for (const std::string_view name : except) {
    const Room* room = find(*name_space, name);
    if (room == nullptr) continue;
    for (const SessionHandle member : room->members) state_.sessions[member].mark = mark;
  }
  if (rooms.empty()) {
    for (SessionHandle session = name_space->first_session; session != kNone;
         session = state_.sessions[session].next) {
      add_recipient(session, mark);
    }
  }
  for (const std::string_view name : rooms) {
    const Room* room = find(*name_space, name);
    if (room == nullptr) continue;
    for (const SessionHandle member : room->members) add_recipient(member, mark);
  }
  return {sessions_, connections_};
}

Recipients Rooms::members_of(NamespaceHandle handle, std::string_view room_name) {
  sessions_.clear();
  connections_.clear();
  Namespace* name_space = state_.namespaces.find(handle);
  const Room* room = name_space == nullptr ? nullptr : find(*name_space, room_name);
  if (room == nullptr) return {};
  for (const SessionHandle member : room->members) {
    sessions_.push_back(member);
    connections_.push_back(state_.sessions[member].connection);
  }
  return {sessions_, connections_};
}

SessionHandle Rooms::find_session(NamespaceHandle handle, std::string_view id) {
  Namespace* name_space = state_.namespaces.find(handle);
  if (name_space == nullptr) return kNone;
  const auto matches = [&](SessionHandle candidate) {
    const Session& session = state_.sessions[candidate];
    return session.id == id && receives_broadcasts(session);
  };
  // Nearly always the session is in its own room; an application may have made it leave.
  if (const Room* own = find(*name_space, id)) {
    for (const SessionHandle member : own->members) {
      if (matches(member)) return member;
    }
  }
  for (SessionHandle session = name_space->first_session; session != kNone;
       session = state_.sessions[session].next) {
    if (matches(session)) return session;
  }
  return kNone;
}

Room* Rooms::find(Namespace& name_space, std::string_view room) {
  const auto known = name_space.room_names.find(room);
  return known == name_space.room_names.end() ? nullptr : &name_space.rooms[known->second];
}

std::uint32_t Rooms::create(Namespace& name_space, std::string_view room_name) {
  const std::uint32_t index = name_space.rooms.take();
  const auto key = name_space.room_names.emplace(std::string(room_name), index).first;
  Room& room = name_space.rooms[index];
  room.name = key->first;
  room.previous = name_space.last_room;
  (room.previous == kNone ? name_space.first_room : name_space.rooms[room.previous].next) = index;
  name_space.last_room = index;
  return index;
}

void Rooms::remove_member(Namespace& name_space, std::uint32_t index, SessionHandle session,
                          std::uint32_t& change) {
  std::vector<SessionHandle>& members = name_space.rooms[index].members;
  const auto position = std::find(members.begin(), members.end(), session);
  if (position == members.end()) return;
  members.erase(position);
  change |= kMembershipChanged;
  if (!members.empty()) return;
  destroy(name_space, index);
  change |= kRoomChanged;
}

void Rooms::destroy(Namespace& name_space, std::uint32_t index) {
  const Room& room = name_space.rooms[index];
  (room.previous == kNone ? name_space.first_room : name_space.rooms[room.previous].next) =
      room.next;
  (room.next == kNone ? name_space.last_room : name_space.rooms[room.next].previous) =
      room.previous;
  name_space.room_names.erase(name_space.room_names.find(room.name));
  name_space.rooms.free(index);
}

void Rooms::unlist(SessionHandle handle) {
  Session& session = state_.sessions[handle];
  if (!session.listed) return;
  Namespace& name_space = state_.namespaces[session.name_space];
  (session.previous == kNone ? name_space.first_session : state_.sessions[session.previous].next) =
      session.next;
  (session.next == kNone ? name_space.last_session : state_.sessions[session.next].previous) =
      session.previous;
  session.previous = session.next = kNone;
  session.listed = false;
}

std::uint32_t Rooms::next_mark() {
  // Marks start at 0 in new sessions, so 0 is never given out; after a wrap old marks are stale.
  if (++state_.next_mark == 0) {
    for (SessionHandle session = 0; session < state_.sessions.limit(); ++session) {
      if (Session* known = state_.sessions.find(session)) known->mark = 0;
    }
    state_.next_mark = 1;
  }
  return state_.next_mark;
}

void Rooms::add_recipient(SessionHandle handle, std::uint32_t mark) {
  Session& session = state_.sessions[handle];
  if (session.mark == mark || !receives_broadcasts(session)) return;
  session.mark = mark;
  sessions_.push_back(handle);
  connections_.push_back(session.connection);
}

}  // namespace dormouse
