#include "rooms.h"

#include <algorithm>

namespace dormouse {

namespace {

/// Null if there is no such room.
RoomEntry* find(Namespace& name_space, std::string_view room) {
  const auto known = name_space.rooms.find(NameView(room));
  return known == name_space.rooms.end() ? nullptr : &*known;
}

template <typename T>
bool is_among(const std::vector<T>& list, T value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

/// Does nothing if the value is not there.
template <typename T>
void remove(std::vector<T>& list, T value) {
  const auto place = std::find(list.begin(), list.end(), value);
  if (place != list.end()) list.erase(place);
}

}  // namespace

Status Rooms::may_join(SessionHandle handle, std::string_view room) const {
  const Session& session = state_.sessions_[handle];
  const Config& config = state_.config_;
  if (room.size() > config.max_room_length) return Status::room_name_too_long;
  const bool is_full = session.rooms.size() >= config.max_rooms_per_session;
  const bool fits = session.room_bytes + room.size() <= config.max_room_bytes_per_session;
  if (!is_full && fits) return Status::ok;
  if (find_joined(handle, room) != nullptr) return Status::ok;
  return is_full ? Status::too_many_rooms : Status::room_names_too_large;
}

std::uint32_t Rooms::join(SessionHandle handle, std::string_view room_name) {
  Session& session = state_.sessions_[handle];
  Namespace& name_space = state_.namespaces_[session.name_space];
  RoomEntry& room = find_or_create(name_space, room_name);
  if (session.is_listed && room_name == session.id) remove(name_space.strays, handle);
  if (is_in(handle, room)) return kNothingChanged;
  std::vector<SessionHandle>& members = room.second.members;
  members.push_back(handle);
  session.rooms.push_back(&room);
  session.room_bytes += static_cast<std::uint32_t>(room_name.size());
  state_.mark_changed(session.connection);
  return members.size() == 1 ? kMembershipChanged | kRoomChanged : kMembershipChanged;
}

std::uint32_t Rooms::leave(SessionHandle handle, std::string_view room_name) {
  RoomEntry* const room = find_joined(handle, room_name);
  if (room == nullptr) return kNothingChanged;
  Session& session = state_.sessions_[handle];
  Namespace& name_space = state_.namespaces_[session.name_space];
  if (session.is_listed && room_name == session.id) name_space.strays.push_back(handle);
  remove(session.rooms, room);
  session.room_bytes -= static_cast<std::uint32_t>(room_name.size());
  state_.mark_changed(session.connection);
  const bool destroyed = remove_member(name_space, *room, handle);
  return destroyed ? kMembershipChanged | kRoomChanged : kMembershipChanged;
}

void Rooms::leave_all(SessionHandle handle) {
  Session& session = state_.sessions_[handle];
  Namespace& name_space = state_.namespaces_[session.name_space];
  for (RoomEntry* room : session.rooms) remove_member(name_space, *room, handle);
  session.rooms.clear();
  session.room_bytes = 0;
  if (session.is_listed) unlist(handle);
}

std::span<const std::string_view> Rooms::rooms_of(SessionHandle handle) {
  names_.clear();
  if (const Session* session = state_.sessions_.find(handle)) {
    for (const RoomEntry* room : session->rooms) names_.push_back(room->first.text);
  }
  return names_;
}

std::span<const std::string_view> Rooms::rooms_in(NamespaceHandle handle) {
  names_.clear();
  if (const Namespace* name_space = state_.namespaces_.find(handle)) {
    for (const RoomEntry* room = name_space->first_room; room != nullptr;
         room = room->second.next) {
      names_.push_back(room->first.text);
    }
  }
  return names_;
}

Recipients Rooms::resolve(NamespaceHandle handle, std::span<const std::string_view> rooms,
                          std::span<const std::string_view> except) {
  recipients_ = 0;
  Namespace* const name_space = state_.namespaces_.find(handle);
  if (name_space == nullptr) return {};
  const std::uint32_t mark = next_mark();
  for (const std::string_view name : except) {
    const RoomEntry* const room = find(*name_space, name);
    if (room == nullptr) continue;
    for (const SessionHandle member : room->second.members) state_.sessions_[member].mark = mark;
  }
  if (rooms.empty()) {
    make_space(name_space->references);
    for (SessionHandle session = name_space->first_session; session != kNone;
         session = state_.sessions_[session].next) {
      add_recipient(session, mark);
    }
  }
  for (const std::string_view name : rooms) {
    const RoomEntry* const room = find(*name_space, name);
    if (room == nullptr) continue;
    make_space(room->second.members.size());
    for (const SessionHandle member : room->second.members) add_recipient(member, mark);
  }
  sessions_.resize(recipients_);
  connections_.resize(recipients_);
  return {sessions_, connections_};
}

Recipients Rooms::members_of(NamespaceHandle handle, std::string_view room_name) {
  sessions_.clear();
  connections_.clear();
  Namespace* const name_space = state_.namespaces_.find(handle);
  const RoomEntry* const room = name_space == nullptr ? nullptr : find(*name_space, room_name);
  if (room == nullptr) return {};
  for (const SessionHandle member : room->second.members) {
    sessions_.push_back(member);
    connections_.push_back(state_.sessions_[member].connection);
  }
  return {sessions_, connections_};
}

std::uint32_t Rooms::member_count(NamespaceHandle handle, std::string_view room_name) {
  Namespace* const name_space = state_.namespaces_.find(handle);
  const RoomEntry* const room = name_space == nullptr ? nullptr : find(*name_space, room_name);
  return room == nullptr ? 0 : static_cast<std::uint32_t>(room->second.members.size());
}

SessionHandle Rooms::find_session(NamespaceHandle handle, std::string_view id) {
  Namespace* const name_space = state_.namespaces_.find(handle);
  if (name_space == nullptr) return kNone;
  const auto matches = [&](SessionHandle candidate) {
    const Session& session = state_.sessions_[candidate];
    return session.id == id && session.is_listed;
  };
  const auto find_among = [&](const std::vector<SessionHandle>& sessions) {
    const auto found = std::find_if(sessions.begin(), sessions.end(), matches);
    return found == sessions.end() ? kNone : *found;
  };
  const RoomEntry* const own = find(*name_space, id);
  const SessionHandle member = own == nullptr ? kNone : find_among(own->second.members);
  return member == kNone ? find_among(name_space->strays) : member;
}

RoomEntry* Rooms::find_joined(SessionHandle session, std::string_view room) const {
  RoomEntry* const known = find(state_.namespaces_[state_.sessions_[session].name_space], room);
  return known != nullptr && is_in(session, *known) ? known : nullptr;
}

bool Rooms::is_in(SessionHandle session, RoomEntry& room) const {
  // A session may be in very many rooms, and a room may have very many members, but seldom both.
  const std::vector<SessionHandle>& members = room.second.members;
  const std::vector<RoomEntry*>& rooms = state_.sessions_[session].rooms;
  return members.size() < rooms.size() ? is_among(members, session) : is_among(rooms, &room);
}

RoomEntry& Rooms::find_or_create(Namespace& name_space, std::string_view name) {
  if (RoomEntry* const known = find(name_space, name)) return *known;
  RoomEntry& entry = *name_space.rooms.try_emplace(Name(NameView(name))).first;
  RoomEntry*& last = name_space.last_room;
  entry.second.previous = last;
  (last == nullptr ? name_space.first_room : last->second.next) = &entry;
  last = &entry;
  return entry;
}

bool Rooms::remove_member(Namespace& name_space, RoomEntry& room, SessionHandle session) {
  std::vector<SessionHandle>& members = room.second.members;
  remove(members, session);
  if (!members.empty()) return false;
  destroy(name_space, room);
  return true;
}

void Rooms::destroy(Namespace& name_space, RoomEntry& room) {
  RoomEntry* const previous = room.second.previous;
  RoomEntry* const next = room.second.next;
  (previous == nullptr ? name_space.first_room : previous->second.next) = next;
  (next == nullptr ? name_space.last_room : next->second.previous) = previous;
  name_space.rooms.erase(name_space.rooms.find(room.first));
}

void Rooms::admit(SessionHandle handle) {
  Session& session = state_.sessions_[handle];
  session.is_listed = true;
  Namespace& name_space = state_.namespaces_[session.name_space];
  // It is a stray until it joins its own room.
  name_space.strays.push_back(handle);
  session.previous = name_space.last_session;
  (session.previous == kNone ? name_space.first_session : state_.sessions_[session.previous].next) =
      handle;
  name_space.last_session = handle;
}

void Rooms::unlist(SessionHandle handle) {
  Session& session = state_.sessions_[handle];
  session.is_listed = false;
  Namespace& name_space = state_.namespaces_[session.name_space];
  remove(name_space.strays, handle);
  (session.previous == kNone ? name_space.first_session : state_.sessions_[session.previous].next) =
      session.next;
  (session.next == kNone ? name_space.last_session : state_.sessions_[session.next].previous) =
      session.previous;
}

std::uint32_t Rooms::next_mark() {
  // Marks start at 0 in new sessions, so 0 is never given out; after a wrap old marks are stale.
  if (++last_mark_ == 0) {
    for (std::uint32_t index = 0; index < state_.sessions_.limit(); ++index) {
      const SessionHandle session = state_.sessions_.handle_at(index);
      if (session != kNone) state_.sessions_[session].mark = 0;
    }
    last_mark_ = 1;
  }
  return last_mark_;
}

void Rooms::add_recipient(SessionHandle handle, std::uint32_t mark) {
  Session& session = state_.sessions_[handle];
  if (session.mark == mark || !session.is_listed) return;
  session.mark = mark;
  sessions_[recipients_] = handle;
  connections_[recipients_] = session.connection;
  ++recipients_;
}

void Rooms::make_space(std::size_t count) {
  sessions_.resize(recipients_ + count);
  connections_.resize(recipients_ + count);
}

}  // namespace dormouse
