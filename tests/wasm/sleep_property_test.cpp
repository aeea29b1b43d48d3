// A server that sleeps at any moment behaves like one that never does.
//
// Random calls go to two servers. One of them is now and then dropped and restored from snapshots.
// Whatever is called, the effects have to be the same, names in the place of handles. The host may
// be late with its timeouts, its clock is set back now and then, and the application takes its time
// with sessions that are over.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "support/invariants.h"
#include "support/twin.h"

namespace dormouse::test {

namespace {

/// What differs between the runs.
struct Variant {
  Config config;
  /// Snapshots are taken when the server says that something has changed, as hosts do; else all are
  /// taken anew before the sleep.
  bool saves_changes = false;
  /// How late timeouts may be, in milliseconds.
  std::uint32_t lateness = 0;
};

constexpr Milliseconds kHour = 3'600'000;

class Run {
 public:
  Run(const Variant& variant, std::uint32_t seed)
      : variant_(variant), random_(seed), awake_(variant.config), sleeper_(variant.config) {}

  void go(int steps) {
    for (int i = 0; i < steps && error_.empty(); ++i) step();
    CHECK_MESSAGE(error_.empty(), error_);
    CHECK_GT(sleeps_, 0);
    CHECK_GT(released_late_, 0);
  }

 private:
  using Lines = std::vector<std::string>;

  std::uint32_t number(std::uint32_t limit) {
    return std::uniform_int_distribution<std::uint32_t>(0, limit - 1)(random_);
  }
  template <std::size_t size>
  std::string_view pick(const std::string_view (&list)[size]) {
    return list[number(size)];
  }
  std::string client() {
    return ids_.empty() ? "nobody" : ids_[number(static_cast<std::uint32_t>(ids_.size()))];
  }
  std::string_view name_space() { return pick({"/", "/a", "/b", "/c"}); }
  std::string_view room() { return pick({"den", "hall", "attic", "", "🐭"}); }

  /// Does the same to both, and compares what comes of it.
  template <typename Call>
  void both(std::string_view what, std::string_view message, Call call) {
    Lines expected;
    Lines actual;
    for (auto& [twin, lines] : {std::pair{&awake_, &expected}, std::pair{&sleeper_, &actual}}) {
      const Status status = call(*twin);
      lines->push_back(std::string(name_of(status)));
      twin->add_effects(*lines, message);
      if (variant_.saves_changes) twin->save();
    }
    compare(what, expected, actual);
  }

  void compare(std::string_view what, Lines expected, Lines actual) {
    normalize(expected);
    normalize(actual);
    if (!error_.empty() || expected == actual) return;
    error_ = std::string(what) + "\n  awake:\n" + text(expected) + "  slept:\n" + text(actual);
  }

  /// Connections are in another order after a restore, and there may be a heartbeat too many.
  static void normalize(Lines& lines) {
    std::erase_if(lines, [](const std::string& line) {
      return line.starts_with("send ") && line.ends_with(" 2");
    });
    std::map<std::string, Lines> by_client;
    for (const std::string& line : lines) {
      const std::size_t start = std::min(line.find(' '), line.size() - 1) + 1;
      const std::size_t end = line.find_first_of(" @", start);
      by_client[line.substr(start, end - start)].push_back(line);
    }
    lines.clear();
    for (const auto& [client, own] : by_client) lines.insert(lines.end(), own.begin(), own.end());
  }

  static std::string text(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) text += "    " + line + "\n";
    return text;
  }

  void step() {
    now_ += number(1500);
    if (number(150) == 0) set_clock_back();
    // Who has not slept knows of other times at which nobody is to be closed, so that a message
    // that comes before a timeout need not be late for both.
    if (std::min(awake_.deadline(), sleeper_.deadline()) <= now_) {
      now_ += number(variant_.lateness + 1);
      timeout();
    }
    const std::uint32_t choice = number(100);
    if (choice < 8)
      open();
    else if (choice < 24)
      send_connect();
    else if (choice < 46)
      answer();
    else if (choice < 66)
      send_text();
    else if (choice < 76)
      change_rooms();
    else if (choice < 79)
      end_something();
    else if (choice < 85)
      timeout();
    else if (choice < 89)
      allocate_ack();
    else if (choice < 91)
      open_namespace(name_space());
    else if (choice < 95)
      ask();
    else
      sleep();
    release_some();
    check(awake_);
    check(sleeper_);
  }

  void check(Twin& twin) {
    if (error_.empty() && twin.failed()) error_ = "a session that is over cannot be released";
    const std::string broken = Invariants(twin.server(), variant_.config).broken();
    if (error_.empty() && !broken.empty()) error_ = "broken: " + broken;
  }

  /// By up to two hours. What time it was until then both have to know.
  void set_clock_back() {
    // A pong of long ago says nothing but the time.
    for (const std::string& id : ids_) {
      for (Twin* twin : {&awake_, &sleeper_}) {
        (void)twin->server().handle_pong(now_, twin->find(id), -kNever);
      }
    }
    now_ -= number(2) * kHour + number(static_cast<std::uint32_t>(kHour));
    if (variant_.config.has_automatic_pongs()) hear_pongs();
    both("clock set back", "", [&](Twin& twin) {
      twin.server().handle_timeout(now_);
      return Status::ok;
    });
  }

  void open() {
    const std::string id = "client" + std::to_string(next_id_++);
    const auto protocol = number(4) == 0 ? EngineProtocol::v3 : EngineProtocol::v4;
    both("open " + id, "", [&](Twin& twin) { return twin.open(now_, protocol, id); });
    if (awake_.find(id) != kNone) ids_.push_back(id);
  }

  void open_namespace(std::string_view name) {
    opened_.emplace_back(name);
    both("open namespace", "", [&](Twin& twin) {
      twin.open_namespace(name);
      return Status::ok;
    });
  }

  void send(const std::string& id, const std::string& message) {
    if (variant_.config.has_external_codec()) send_packet(id);
    both("text " + id + " " + message, message, [&](Twin& twin) {
      return twin.server().handle_text(now_, twin.find(id), whole(message));
    });
  }

  /// What an external codec may have found in a message.
  void send_packet(const std::string& id) {
    const auto [name, state] =
        number(2) == 0 ? session_of(id) : state_in(id, std::string(name_space()));
    const bool fits = number(20) > 0;
    const auto expected = state == "connected" ? PacketType::event : PacketType::connect;
    const auto type = fits ? expected : static_cast<PacketType>(number(7));
    const AckId ack = number(2) == 0 ? kNoAck : number(9);
    both("packet " + id + " " + std::string(name_of(type)), "",
         [&](Twin& twin) { return twin.server().handle_packet(twin.find(id), type, name, ack); });
  }

  /// A namespace, and the state of the client's session in it. Mostly one where it has a session.
  std::pair<std::string, std::string_view> session_of(const std::string& id) {
    const Server& server = awake_.server();
    const auto sessions = server.sessions_of(awake_.find(id));
    if (sessions.empty() || number(8) == 0) return state_in(id, std::string(name_space()));
    const SessionHandle session = sessions[number(static_cast<std::uint32_t>(sessions.size()))];
    return state_in(id, std::string(server.namespace_name(server.namespace_of(session))));
  }

  std::pair<std::string, std::string_view> state_in(const std::string& id,
                                                    const std::string& name) {
    const SessionHandle session = awake_.find(id, name);
    if (session == kNone) return {name, "absent"};
    if (awake_.server().is_connected(session)) return {name, "connected"};
    return {name, awake_.server().session_id(session).empty() ? "resolving" : "connecting"};
  }

  void send_connect() {
    const std::string id = client();
    const auto [name, state] = state_in(id, std::string(name_space()));
    if (state == "absent" || number(30) == 0) send(id, "40" + name + R"(,{"a":1})");
  }

  /// Mostly what fits. What does not fit ends the connection, so it comes seldom.
  void send_text() {
    static constexpr std::string_view anything[] = {
        R"(42["x"])", "430[]", "41", "2", "3", "44", "bAAEC", "hello", R"(4511-["x"])"};
    static constexpr std::string_view with_attachments[] = {"51-", "52-", "61-"};
    const std::string id = client();
    if (number(40) == 0) return send(id, std::string(pick(anything)));
    if (number(4) == 0) return send(id, number(4) > 0 ? "3" : "6");
    if (pending_[id] > 0) return send_attachment(id);
    const auto [name, state] = session_of(id);
    if (state != "connected") return;
    const std::uint32_t choice = number(10);
    const std::string rest = name + R"(,7["x"])";
    if (choice < 4) return send(id, "42" + rest);
    if (choice < 6) return send(id, "43" + rest);
    if (choice < 7) return send(id, "41" + name + ",");
    const std::string_view kind = pick(with_attachments);
    send(id, "4" + std::string(kind) + rest);
    pending_[id] = kind[1] - '0';
  }

  void send_attachment(const std::string& id) {
    --pending_[id];
    if (number(3) == 0) return send(id, "b4AAEC");
    both("binary " + id, "",
         [&](Twin& twin) { return twin.server().handle_binary(now_, twin.find(id), 9, 4); });
  }

  void answer() {
    const std::string id = client();
    const auto [name, state] = session_of(id);
    const bool fits = number(10) > 0;
    if (fits && state == "resolving") open_namespace(name);
    const std::uint32_t choice = !fits                  ? number(4)
                                 : state == "resolving" ? (number(8) > 0 ? 0 : 3)
                                                        : (number(8) > 0 ? 1 : 2);
    const std::string session_id = id + name + "#" + std::to_string(++next_session_);
    const bool is_renamed = choice != 0 && number(6) == 0;
    both("answer " + id + " " + name, "", [&, name = name](Twin& twin) {
      Server& server = twin.server();
      const SessionHandle session = twin.find(id, name);
      if (choice == 0) return server.assign(session, server.find_namespace(name), session_id);
      if (is_renamed) return server.rename(session, session_id);
      if (choice == 1) return server.admit(session, number_of(id) % 2 == 0 ? "pid" : "");
      if (choice == 2) return server.refuse(session, R"({"message":"no"})");
      return server.reject(session);
    });
  }

  static int number_of(const std::string& id) { return id.back() - '0'; }

  void change_rooms() {
    const std::string id = client();
    const std::string name = session_of(id).first;
    const std::string_view where = number(9) == 0 ? std::string_view(id) : room();
    const bool joins = number(3) > 0;
    both("join or leave", "", [&](Twin& twin) {
      std::uint32_t change = 0;
      const SessionHandle session = twin.find(id, name);
      return joins ? twin.server().join(session, where, change)
                   : twin.server().leave(session, where, change);
    });
  }

  void end_something() {
    const std::string id = client();
    const std::string_view name = name_space();
    const std::uint32_t choice = number(8);
    both("end " + id, "", [&](Twin& twin) {
      Server& server = twin.server();
      const ConnectionHandle connection = twin.find(id);
      const SessionHandle session = twin.find(id, name);
      if (choice == 0) return server.handle_close(connection, DisconnectReason::transport_error);
      if (choice == 1) {
        return server.close_connection(connection, DisconnectReason::server_shutting_down);
      }
      if (choice == 2) return server.handle_fault(connection, Fault::invalid_payload);
      if (choice == 3) return server.close_session(session, DisconnectReason::forced_close);
      if (choice == 4) return server.unlist(session);
      return server.disconnect(session);
    });
  }

  void timeout() {
    if (variant_.config.has_automatic_pongs()) {
      // Between heartbeats only the server that has slept would look at silence.
      if (awake_.deadline() == kNever) return;
      now_ = std::max(now_, awake_.deadline() + number(variant_.lateness + 1));
      hear_pongs();
    }
    both("timeout", "", [&](Twin& twin) {
      twin.server().handle_timeout(now_);
      return Status::ok;
    });
  }

  /// The platform tells when it answered pongs; some clients have died.
  void hear_pongs() {
    for (const std::string& id : ids_) {
      if (number(4) > 0) pongs_[id] = now_ - number(20000);
      both("heard", "",
           [&](Twin& twin) { return twin.server().handle_pong(now_, twin.find(id), pongs_[id]); });
    }
  }

  /// The counters of namespaces may differ, when the client with the largest id has gone. No client
  /// may see an id twice.
  void allocate_ack() {
    const std::string id = client();
    const std::string name = session_of(id).first;
    both("allocate ack", "", [&](Twin& twin) {
      AckId ack = 0;
      const SessionHandle session = twin.find(id, name);
      const Status status = twin.server().allocate_ack(session, ack);
      const std::string session_id(twin.server().session_id(session));
      if (session_id.empty() || &twin == &awake_) return status;
      const auto [known, is_new] = acks_.try_emplace(session_id, ack);
      if (!is_new && known->second >= ack) error_ = "ack id given out twice";
      known->second = ack;
      return status;
    });
  }

  /// Questions: rooms in order; recipients as sets.
  void ask() {
    const std::string id = client();
    const std::string_view name = name_space();
    const std::string_view rooms[] = {room(), room()};
    const std::string_view except[] = {room()};
    const auto answer = [&](Twin& twin) {
      Server& server = twin.server();
      const SessionHandle session = twin.find(id, name);
      const NamespaceHandle handle = server.find_namespace(name);
      Lines lines = {std::string(server.session_id(session)),
                     std::string(server.recovery_id(session)),
                     server.is_connected(session) ? "connected" : "not",
                     server.is_listed(session) ? "listed" : "not"};
      for (const std::string_view own : server.rooms_of(session)) lines.emplace_back(own);
      Lines recipients;
      for (const SessionHandle one : server.resolve(handle, rooms, except).sessions) {
        recipients.push_back(twin.session(one));
      }
      for (const SessionHandle one : server.resolve(handle, {}, except).sessions) {
        recipients.push_back("all: " + twin.session(one));
      }
      std::sort(recipients.begin(), recipients.end());
      lines.insert(lines.end(), recipients.begin(), recipients.end());
      return lines;
    };
    const Lines expected = answer(awake_);
    const Lines actual = answer(sleeper_);
    if (error_.empty() && expected != actual) {
      error_ = "answers\n" + text(expected) + "  slept:\n" + text(actual);
    }
  }

  /// `disconnecting` listeners have run for some that are over.
  void release_some() {
    while (!awake_.over().empty() && number(3) == 0) release_one();
    forget_gone();
  }

  /// An object does not sleep while listeners run.
  void release_all() {
    while (!awake_.over().empty()) release_one();
    forget_gone();
  }

  void release_one() {
    ++released_late_;
    const Lines names = awake_.over();
    if (error_.empty() && names != sleeper_.over()) error_ = "other sessions are over";
    const std::string& name = names[number(static_cast<std::uint32_t>(names.size()))];
    for (Twin* twin : {&awake_, &sleeper_}) {
      twin->release(name);
      if (variant_.saves_changes) twin->save();
    }
  }

  void forget_gone() {
    std::erase_if(ids_, [&](const std::string& id) { return awake_.find(id) == kNone; });
  }

  void sleep() {
    release_all();
    ++sleeps_;
    if (!variant_.saves_changes) sleeper_.save_all();
    Lines asked = sleeper_.sleep(now_);
    Lines expected;
    for (const std::string& id : ids_) ask_again(id, expected);
    compare("sleep", expected, asked);
  }

  /// A session that waits asks again; its middlewares run again, and do what they did.
  void ask_again(const std::string& id, Lines& expected) {
    const auto sessions = awake_.server().sessions_of(awake_.find(id));
    for (const SessionHandle session : std::vector(sessions.begin(), sessions.end())) {
      if (awake_.server().is_connected(session)) continue;
      const std::string name(awake_.name_space(awake_.server().namespace_of(session)));
      const NamespaceHandle handle = sleeper_.server().find_namespace(name);
      const SessionHandle restored = sleeper_.find(id, name);
      const std::string session_id(awake_.server().session_id(session));
      const bool was_assigned = !session_id.empty();
      const bool is_open = was_assigned || is_namespace_open(name);
      expected.push_back("connect " + awake_.session(session) + " " + id + " " +
                         (is_open ? name : "-") + " " + name);
      if (!was_assigned) continue;
      if (sleeper_.server().assign(restored, handle, session_id) != Status::ok) {
        error_ = "cannot assign again";
      }
      for (const std::string_view room : awake_.server().rooms_of(session)) {
        std::uint32_t change = 0;
        (void)sleeper_.server().join(restored, room, change);
      }
    }
  }

  /// A namespace that is open can be opened again without its state being touched.
  bool is_namespace_open(std::string_view name) {
    return std::find(opened_.begin(), opened_.end(), name) != opened_.end();
  }

  Variant variant_;
  std::mt19937 random_;
  Twin awake_;
  Twin sleeper_;
  Milliseconds now_ = 1'000'000'000;
  int next_id_ = 0;
  int next_session_ = 0;
  int sleeps_ = 0;
  int released_late_ = 0;
  std::vector<std::string> ids_;
  std::vector<std::string> opened_;
  std::map<std::string, AckId> acks_;
  std::map<std::string, Milliseconds> pongs_;
  /// Attachments that a client still owes.
  std::map<std::string, int> pending_;
  std::string error_;
};

void run_all(const Variant& variant) {
  constexpr std::uint32_t kRuns = 60;
  for (std::uint32_t seed = 1; seed <= kRuns; ++seed) {
    CAPTURE(seed);
    Run(variant, seed).go(500);
  }
}

Config small() {
  Config config;
  config.max_connections = 6;
  config.max_sessions_per_connection = 3;
  return config;
}

}  // namespace

TEST_CASE("sleeping changes nothing: snapshots of all before the sleep") {
  run_all({.config = small(), .saves_changes = false});
}

TEST_CASE("sleeping changes nothing: snapshots of what was reported as changed") {
  Config config = small();
  // Packets other than pongs are signs of life that are not worth a snapshot.
  config.ping_timeout = 100'000'000;
  run_all({.config = config, .saves_changes = true});
}

TEST_CASE("sleeping changes nothing: pongs answered by the platform") {
  Config config = small();
  config.pong_source = 1;
  config.connect_timeout = 1'000'000'000;
  run_all({.config = config, .saves_changes = false});
}

TEST_CASE("sleeping changes nothing: a host that is late") {
  run_all({.config = small(), .saves_changes = false, .lateness = 15'000});
}

TEST_CASE("sleeping changes nothing: a host that is late, and pongs answered by the platform") {
  Config config = small();
  config.pong_source = 1;
  config.connect_timeout = 1'000'000'000;
  run_all({.config = config, .saves_changes = false, .lateness = 15'000});
}

TEST_CASE("sleeping changes nothing: external packet codec") {
  Config config = small();
  config.packet_codec = 1;
  run_all({.config = config, .saves_changes = false});
}

}  // namespace dormouse::test
