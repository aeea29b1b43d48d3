#include "scenario.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace dormouse::test {

namespace {

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += digits[static_cast<unsigned char>(byte) >> 4U];
    text += digits[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}

std::string from_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
    bytes += static_cast<char>(std::stoi(std::string(text.substr(at, 2)), nullptr, 16));
  }
  return bytes;
}

template <typename Enum, std::size_t size>
Enum enumerator(const std::string_view (&names)[size], std::string_view name) {
  const std::optional<Enum> found = find_name<Enum>(names, name);
  if (!found) throw std::runtime_error("no such name: " + std::string(name));
  return *found;
}

DisconnectReason reason_of(std::string_view name) {
  return enumerator<DisconnectReason>(kReasonNames, name);
}

/// Nothing for the usual one.
std::string transport_text(Transport transport) {
  return transport == Transport::polling     ? " polling"
         : transport == Transport::upgrading ? " upgrading"
                                             : "";
}

std::string change_text(std::uint32_t change) {
  if (change == kNothingChanged) return "nothing";
  return (change & kRoomChanged) != 0 ? "membership room" : "membership";
}

template <typename List, typename Write>
std::string list_line(const List& list, Write write) {
  std::string line;
  for (const auto& item : list) line += (line.empty() ? "" : " ") + write(item);
  return line.empty() ? "none" : line;
}

std::string recipients_line(const Recipients& recipients) {
  std::string line;
  for (std::size_t i = 0; i < recipients.sessions.size(); ++i) {
    line += (i == 0 ? "s" : " s") + std::to_string(index_of(recipients.sessions[i])) + "@c" +
            std::to_string(index_of(recipients.connections[i]));
  }
  return line.empty() ? "none" : line;
}

std::vector<std::string_view> take_until(Words& words, std::string_view stop) {
  std::vector<std::string_view> taken;
  while (!words.empty()) {
    const std::string_view word = words.next();
    if (word == stop) break;
    taken.push_back(word);
  }
  return taken;
}

}  // namespace

std::string_view Words::next() {
  const std::size_t end = std::min(rest_.find(' '), rest_.size());
  const std::string_view word = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  return word;
}

std::string_view Words::rest() {
  const std::string_view all = rest_;
  rest_ = {};
  return all;
}

std::uint32_t Words::number() {
  const std::string_view word = next();
  if (word == "-") return kNone;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) {
    throw std::runtime_error("not a number: " + std::string(word));
  }
  return value;
}

std::uint32_t Words::handle(const Server& server) {
  const std::string_view word = next();
  if (word == "-") return kNone;
  const std::size_t dot = std::min(word.find('.'), word.size());
  const std::uint32_t index = Words(word.substr(1, dot - 1)).number();
  if (dot < word.size()) {
    return Words(word.substr(dot + 1)).number() << kHandleIndexBits | index;
  }
  std::uint32_t handle = kNone;
  if (word.front() == 'c') handle = server.connection_at(index);
  if (word.front() == 's') handle = server.session_at(index);
  if (word.front() == 'n') handle = server.namespace_at(index);
  return handle == kNone ? index : handle;
}

Server& Scenario::server() {
  if (server_ == nullptr) server_ = std::make_unique<Server>(config_);
  return *server_;
}

std::vector<std::string> Scenario::run(std::string_view input) {
  Words words(input);
  const std::string_view command = words.next();
  Lines lines;
  const bool known = run_setting(command, words, lines) || run_input(command, words, lines) ||
                     run_command(command, words, lines) || run_query(command, words, lines);
  if (!known) throw std::runtime_error("no such command: " + std::string(command));
  if (!words.empty()) throw std::runtime_error("left over: " + std::string(words.rest()));
  return lines;
}

void Scenario::set_config(std::string_view name, std::string_view value) {
  const std::uint32_t number = value == "auto_response" || value == "external" ? 1
                               : value == "polling"                            ? kPollingTransport
                               : value == "polling websocket"
                                   ? kPollingTransport | kWebsocketTransport
                                   : Words(value).number();
#define X(field, standard)  \
  if (name == #field) {     \
    config_.field = number; \
    return;                 \
  }
  DORMOUSE_CONFIG(X)
#undef X
  throw std::runtime_error("no such setting: " + std::string(name));
}

bool Scenario::run_setting(std::string_view command, Words& words, Lines& lines) {
  if (command == "at") {
    now_ = words.number();
  } else if (command == "config") {
    set_config(words.next(), words.rest());
  } else if (command == "namespace") {
    const std::string_view name = words.rest();
    server().add_namespace(name);
    if (std::find(name_spaces_.begin(), name_spaces_.end(), name) == name_spaces_.end()) {
      name_spaces_.emplace_back(name);
    }
    add_effects(lines);
  } else if (command == "visitor") {
    (void)find_or_open(words.rest());
  } else if (command == "client") {
    const std::string_view name = words.next();
    const std::string_view name_space = words.next();
    join_client(name, name_space, words.rest());
  } else if (command == "hibernate") {
    hibernate(lines);
  } else {
    return false;
  }
  return true;
}

bool Scenario::run_input(std::string_view command, Words& words, Lines& lines) {
  if (command == "open") {
    const std::string_view kind = words.next();
    const EngineProtocol protocol = kind == "v3" ? EngineProtocol::v3 : EngineProtocol::v4;
    const Transport transport = kind == "polling" ? Transport::polling : Transport::websocket;
    ConnectionHandle connection = kNone;
    const std::string_view id = words.rest();
    finish(server().handle_open(now_, protocol, transport, id, connection), lines);
  } else if (command == "text") {
    const ConnectionHandle connection = words.handle(server());
    const std::string_view message = words.rest();
    finish(server().handle_text(now_, connection, whole(message)), lines, message);
  } else if (command == "binary") {
    const ConnectionHandle connection = words.handle(server());
    const std::uint32_t size = words.number();
    const std::uint32_t first = words.empty() ? 0 : words.number();
    finish(server().handle_binary(now_, connection, size, static_cast<std::uint8_t>(first)), lines);
  } else if (command == "packet") {
    const ConnectionHandle connection = words.handle(server());
    const auto type = enumerator<PacketType>(kPacketTypeNames, words.next());
    const std::string_view name = words.next();
    const AckId ack = words.empty() ? kNoAck : words.number();
    finish(server().handle_packet(connection, type, name, ack), lines);
  } else if (command == "lost") {
    const ConnectionHandle connection = words.handle(server());
    finish(server().handle_close(connection, reason_of(words.next())), lines);
  } else if (command == "fault") {
    const ConnectionHandle connection = words.handle(server());
    finish(server().handle_fault(connection, enumerator<Fault>(kFaultNames, words.next())), lines);
  } else if (command == "heard") {
    const ConnectionHandle connection = words.handle(server());
    finish(server().handle_pong(now_, connection, words.number()), lines);
  } else if (command == "upgrade") {
    const std::string_view step = words.next();
    const ConnectionHandle connection = words.handle(server());
    finish(step == "begin"    ? server().begin_upgrade(connection)
           : step == "finish" ? server().finish_upgrade(connection)
                              : server().abandon_upgrade(connection),
           lines);
  } else if (command == "timeout") {
    server().handle_timeout(now_);
    add_effects(lines);
  } else {
    return false;
  }
  return true;
}

bool Scenario::run_command(std::string_view command, Words& words, Lines& lines) {
  if (command == "send-pings") {
    server().send_pings(now_);
    add_effects(lines);
  } else if (command == "connect-timeout") {
    server().set_connect_timeout(words.number());
    add_effects(lines);
  } else if (command == "remove-namespace") {
    const NamespaceHandle handle = words.handle(server());
    std::erase(name_spaces_, std::string(server().namespace_name(handle)));
    finish(server().remove_namespace(handle), lines);
  } else if (command == "assign") {
    const SessionHandle session = words.handle(server());
    const NamespaceHandle name_space = words.handle(server());
    finish(server().assign(session, name_space, words.rest()), lines);
  } else if (command == "rename") {
    const SessionHandle session = words.handle(server());
    finish(server().rename(session, words.rest()), lines);
  } else if (command == "unlist") {
    finish(server().unlist(words.handle(server())), lines);
  } else if (command == "admit") {
    const SessionHandle session = words.handle(server());
    finish(server().admit(session, words.rest()), lines);
  } else if (command == "refuse") {
    const SessionHandle session = words.handle(server());
    finish(server().refuse(session, words.rest()), lines);
  } else if (command == "reject") {
    finish(server().reject(words.handle(server())), lines);
  } else if (command == "disconnect") {
    finish(server().disconnect(words.handle(server())), lines);
  } else if (command == "close-session") {
    const SessionHandle session = words.handle(server());
    finish(server().close_session(session, reason_of(words.next())), lines);
  } else if (command == "close-connection") {
    const ConnectionHandle connection = words.handle(server());
    finish(server().close_connection(connection, reason_of(words.next())), lines);
  } else if (command == "release") {
    finish(server().release(words.handle(server())), lines);
  } else if (command == "allocate-ack" || command == "allocate-broadcast-ack") {
    AckId id = kNoAck;
    Status status = Status::ok;
    if (command == "allocate-ack") {
      status = server().allocate_ack(words.handle(server()), id);
    } else {
      const NamespaceHandle name_space = words.handle(server());
      std::vector<SessionHandle> sessions;
      while (!words.empty()) sessions.push_back(words.handle(server()));
      status = server().allocate_broadcast_ack(name_space, sessions, id);
    }
    if (status == Status::ok) lines.push_back("id " + std::to_string(id));
    finish(status, lines);
  } else if (command == "join" || command == "leave") {
    const SessionHandle session = words.handle(server());
    std::uint32_t change = kNothingChanged;
    const Status status = command == "join" ? server().join(session, words.rest(), change)
                                            : server().leave(session, words.rest(), change);
    if (status == Status::ok) lines.push_back(change_text(change));
    finish(status, lines);
  } else {
    return false;
  }
  return true;
}

bool Scenario::run_query(std::string_view command, Words& words, Lines& lines) {
  const auto write_text = [](std::string_view text) { return std::string(text); };
  const auto write_session = [&](SessionHandle session) { return names_.session(session); };
  const auto write_connection = [&](ConnectionHandle handle) { return names_.connection(handle); };
  if (command == "rooms-of") {
    lines.push_back(list_line(server().rooms_of(words.handle(server())), write_text));
  } else if (command == "rooms-in") {
    lines.push_back(list_line(server().rooms_in(words.handle(server())), write_text));
  } else if (command == "resolve") {
    const NamespaceHandle name_space = words.handle(server());
    const auto rooms = take_until(words, "except");
    const auto except = take_until(words, "");
    lines.push_back(recipients_line(server().resolve(name_space, rooms, except)));
  } else if (command == "members-of") {
    const NamespaceHandle name_space = words.handle(server());
    lines.push_back(recipients_line(server().members_of(name_space, words.rest())));
  } else if (command == "find-session") {
    const NamespaceHandle name_space = words.handle(server());
    lines.push_back(names_.session(server().find_session(name_space, words.rest())));
  } else if (command == "find-namespace") {
    lines.push_back(names_.name_space(server().find_namespace(words.rest())));
  } else if (command == "sessions-of") {
    lines.push_back(list_line(server().sessions_of(words.handle(server())), write_session));
  } else if (command == "session") {
    const SessionHandle session = words.handle(server());
    lines.push_back("id \"" + std::string(server().session_id(session)) + "\" pid \"" +
                    std::string(server().recovery_id(session)) + "\" " +
                    names_.name_space(server().namespace_of(session)) + " " +
                    names_.connection(server().connection_of(session)) +
                    (server().is_connected(session) ? " connected" : ""));
  } else if (command == "connection") {
    const ConnectionHandle connection = words.handle(server());
    lines.push_back("id \"" + std::string(server().engine_id(connection)) + "\" v" +
                    std::to_string(static_cast<int>(server().protocol(connection))) +
                    transport_text(server().transport(connection)));
  } else if (command == "find-connection") {
    lines.push_back(names_.connection(server().find_connection(words.rest())));
  } else if (command == "count") {
    lines.push_back(std::to_string(server().connection_count()));
  } else if (command == "changed") {
    lines.push_back(list_line(server().poll_changed(), write_connection));
  } else if (command == "snapshot") {
    const std::string_view snapshot = server().snapshot(words.handle(server()));
    lines.push_back(snapshot.empty() ? "none" : to_hex(snapshot));
  } else if (command == "restore") {
    restore(from_hex(words.rest()), lines);
  } else {
    return false;
  }
  return true;
}

void Scenario::finish(Status status, Lines& lines, std::string_view message) {
  if (status != Status::ok) lines.push_back("! " + std::string(name_of(status)));
  add_effects(lines, message);
}

void Scenario::add_effects(Lines& lines, std::string_view message) {
  bool valid = true;
  const std::vector<Effect> effects = decode_effects(server().poll_effects(), valid);
  if (!valid) lines.emplace_back("malformed effects");
  const EffectWriter writer(names_, message);
  for (const Effect& effect : effects) lines.push_back(writer.line(effect));
}

void Scenario::join_client(std::string_view name, std::string_view name_space,
                           std::string_view pid) {
  const auto require = [](Status status) {
    if (status != Status::ok) throw std::runtime_error(std::string(name_of(status)));
  };
  Lines lines;
  run_setting("namespace", *std::make_unique<Words>(name_space), lines);
  const ConnectionHandle connection = find_or_open(name);
  if (config_.has_external_codec()) {
    require(server().handle_packet(connection, PacketType::connect, name_space, kNoAck));
  } else {
    const std::string message = "40" + std::string(name_space) + ",";
    require(server().handle_text(now_, connection, whole(message)));
  }
  const SessionHandle session = server().sessions_of(connection).back();
  const std::string id = std::string(name) + "@" + std::string(name_space);
  require(server().assign(session, server().find_namespace(name_space), id));
  require(server().admit(session, pid));
}

ConnectionHandle Scenario::find_or_open(std::string_view engine_id) {
  for (std::uint32_t index = 0; index < server().connection_limit(); ++index) {
    const ConnectionHandle handle = server().connection_at(index);
    if (handle != kNone && server().engine_id(handle) == engine_id) return handle;
  }
  ConnectionHandle connection = kNone;
  const Status status =
      server().handle_open(now_, EngineProtocol::v4, Transport::websocket, engine_id, connection);
  if (status != Status::ok) throw std::runtime_error(std::string(name_of(status)));
  return connection;
}

void Scenario::restore(std::string_view snapshot, Lines& lines) {
  ConnectionHandle connection = kNone;
  finish(server().restore(now_, snapshot, connection), lines);
}

void Scenario::hibernate(Lines& lines) {
  std::vector<std::string> snapshots;
  for (std::uint32_t index = 0; index < server().connection_limit(); ++index) {
    const std::string snapshot(server().snapshot(server().connection_at(index)));
    if (!snapshot.empty()) snapshots.push_back(snapshot);
  }
  server_ = std::make_unique<Server>(config_);
  for (const std::string& name : name_spaces_) server().add_namespace(name);
  for (const std::string& snapshot : snapshots) restore(snapshot, lines);
}

}  // namespace dormouse::test
