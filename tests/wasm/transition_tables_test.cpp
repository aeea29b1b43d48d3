// Every cell of the tables in session_table.h, but for transports:
// tests/wasm/vectors/transports.txt.
#include <doctest/doctest.h>

#include <array>
#include <string>

#include "dormouse/server.h"
#include "support/effects.h"
#include "support/names.h"

namespace dormouse::test {

namespace {

constexpr std::array<std::string_view, 5> kStates = {"absent", "resolving", "connecting",
                                                     "connected", "closing"};

/// A connection whose session in "/chat" is in a given state.
class Fixture {
 public:
  explicit Fixture(std::string_view state, EngineProtocol protocol = EngineProtocol::v4)
      : server_(Config{}) {
    name_space_ = server_.add_namespace("/chat");
    REQUIRE_EQ(server_.handle_open(0, protocol, Transport::websocket, "ann", connection_),
               Status::ok);
    if (state == "absent") return;
    REQUIRE_EQ(text("40/chat,"), Status::ok);
    session_ = server_.sessions_of(connection_).back();
    if (state == "resolving") return;
    REQUIRE_EQ(server_.assign(session_, name_space_, "sid-1"), Status::ok);
    if (state == "connecting") return;
    REQUIRE_EQ(server_.admit(session_, ""), Status::ok);
    if (state == "connected") return;
    REQUIRE_EQ(server_.disconnect(session_), Status::ok);
  }

  Status text(std::string_view message) {
    return server_.handle_text(0, connection_, whole(message));
  }

  /// The kinds of the effects of the last call, and the reasons of closings.
  [[nodiscard]] std::string effects() const {
    bool valid = true;
    std::string text;
    for (const Effect& effect : decode_effects(server_.poll_effects(), valid)) {
      if (effect.kind == EffectKind::deadline) continue;
      text += text.empty() ? "" : " ";
      text += EffectWriter(HandleNames{}, "").line(effect).substr(0, 5);
    }
    CHECK(valid);
    return text;
  }

  [[nodiscard]] bool is_closed() const { return server_.connection_count() == 0; }

  Server& server() { return server_; }
  [[nodiscard]] ConnectionHandle connection() const { return connection_; }
  [[nodiscard]] SessionHandle session() const { return session_; }
  [[nodiscard]] NamespaceHandle name_space() const { return name_space_; }

 private:
  Server server_;
  ConnectionHandle connection_ = kNone;
  SessionHandle session_ = kNone;
  NamespaceHandle name_space_ = kNone;
};

}  // namespace

TEST_CASE("what a Socket.IO packet does in every state of its session") {
  struct Row {
    std::string_view packet;
    std::array<std::string_view, 5> actions;
  };
  // The columns are those of kStates.
  const Row rows[] = {
      {"40/chat,", {"begin", "violate", "violate", "violate", "begin"}},
      {"41/chat,", {"violate", "violate", "violate", "close", "violate"}},
      {R"(42/chat,["x"])", {"violate", "violate", "violate", "deliver", "violate"}},
      {"43/chat,0[]", {"violate", "violate", "violate", "deliver", "violate"}},
      {"44/chat,{}", {"violate", "violate", "violate", "violate", "violate"}},
      {R"(451-/chat,["x"])", {"violate", "violate", "violate", "collect", "violate"}},
      {"461-/chat,0[]", {"violate", "violate", "violate", "collect", "violate"}},
  };
  for (const Row& row : rows) {
    for (std::size_t column = 0; column < kStates.size(); ++column) {
      CAPTURE(row.packet);
      CAPTURE(kStates[column]);
      Fixture fixture(kStates[column]);
      REQUIRE_EQ(fixture.text(row.packet), Status::ok);
      const std::string_view action = row.actions[column];
      CHECK_EQ(fixture.is_closed(), action == "violate");
      if (action == "begin") CHECK_EQ(fixture.effects(), "conne");
      if (action == "close") CHECK_EQ(fixture.effects(), "closi");
      if (action == "collect") CHECK_EQ(fixture.effects(), "pendi");
      if (action == "deliver")
        CHECK_EQ(fixture.effects(), row.packet[1] == '2' ? "event" : "ack s");
      if (action == "violate") {
        const bool was_over = kStates[column] == "absent" || kStates[column] == "closing";
        CHECK_EQ(fixture.effects(), was_over ? "close" : "close closi");
      }
    }
  }
}

TEST_CASE("what a command does in every state of its session") {
  struct Row {
    std::string_view command;
    std::array<std::string_view, 5> statuses;
  };
  const Row rows[] = {
      {"assign", {"unknown_session", "ok", "wrong_state", "wrong_state", "wrong_state"}},
      {"rename", {"unknown_session", "wrong_state", "ok", "wrong_state", "wrong_state"}},
      {"admit", {"unknown_session", "wrong_state", "ok", "wrong_state", "wrong_state"}},
      {"refuse", {"unknown_session", "wrong_state", "ok", "wrong_state", "wrong_state"}},
      {"reject", {"unknown_session", "ok", "wrong_state", "wrong_state", "wrong_state"}},
      {"disconnect", {"unknown_session", "wrong_state", "wrong_state", "ok", "wrong_state"}},
      {"close_session", {"unknown_session", "wrong_state", "wrong_state", "ok", "wrong_state"}},
      {"release", {"unknown_session", "wrong_state", "wrong_state", "wrong_state", "ok"}},
      {"join", {"unknown_session", "wrong_state", "ok", "ok", "ok"}},
      {"leave", {"unknown_session", "wrong_state", "ok", "ok", "ok"}},
      {"unlist", {"unknown_session", "wrong_state", "wrong_state", "ok", "ok"}},
      {"allocate_ack", {"unknown_session", "ok", "ok", "ok", "ok"}},
  };
  const auto run = [](std::string_view command, Fixture& fixture) {
    Server& server = fixture.server();
    const SessionHandle session = fixture.session();
    std::uint32_t change = 0;
    AckId id = 0;
    if (command == "assign") return server.assign(session, fixture.name_space(), "sid-2");
    if (command == "rename") return server.rename(session, "sid-2");
    if (command == "admit") return server.admit(session, "");
    if (command == "refuse") return server.refuse(session, "{}");
    if (command == "reject") return server.reject(session);
    if (command == "disconnect") return server.disconnect(session);
    if (command == "close_session") {
      return server.close_session(session, DisconnectReason::forced_close);
    }
    if (command == "release") return server.release(session);
    if (command == "join") return server.join(session, "room", change);
    if (command == "leave") return server.leave(session, "room", change);
    if (command == "unlist") return server.unlist(session);
    return server.allocate_ack(session, id);
  };
  for (const Row& row : rows) {
    for (std::size_t column = 0; column < kStates.size(); ++column) {
      CAPTURE(row.command);
      CAPTURE(kStates[column]);
      Fixture fixture(kStates[column]);
      const std::string before(fixture.server().snapshot(fixture.connection()));
      CHECK_EQ(name_of(run(row.command, fixture)), row.statuses[column]);
      if (row.statuses[column] == "ok") continue;
      CHECK(fixture.effects().empty());
      CHECK_EQ(fixture.server().snapshot(fixture.connection()), before);
    }
  }
}

TEST_CASE("what text and attachments do while attachments are awaited, or none, or for nobody") {
  struct Row {
    std::string_view state;
    std::string_view text;
    std::string_view attachment;
    std::string_view last_attachment;
  };
  const Row rows[] = {
      {"idle", "event", "error close closi", "error close closi"},
      {"collecting", "error close closi", "attac", "attac event"},
      {"orphaned", "close", "attac", "attac close"},
  };
  const auto effects_of = [](std::string_view state, std::string_view awaited, bool is_text) {
    Fixture fixture("connected");
    if (state != "idle") REQUIRE_EQ(fixture.text(awaited), Status::ok);
    if (state == "orphaned") REQUIRE_EQ(fixture.server().disconnect(fixture.session()), Status::ok);
    REQUIRE_EQ(is_text ? fixture.text(R"(42/chat,["x"])")
                       : fixture.server().handle_binary(0, fixture.connection(), 1, 0),
               Status::ok);
    return fixture.effects();
  };
  constexpr std::string_view kOne = R"(451-/chat,["x"])";
  constexpr std::string_view kTwo = R"(452-/chat,["x"])";
  for (const Row& row : rows) {
    CAPTURE(row.state);
    CHECK_EQ(effects_of(row.state, kOne, true), row.text);
    CHECK_EQ(effects_of(row.state, kTwo, false), row.attachment);
    CHECK_EQ(effects_of(row.state, kOne, false), row.last_attachment);
  }
}

TEST_CASE("what an Engine.IO packet does in both protocols") {
  struct Row {
    std::string_view packet;
    std::string_view protocol_4;
    std::string_view protocol_3;
  };
  const Row rows[] = {
      {"0", "", ""},
      {"1", "", ""},
      {"2", "close", "send  heart"},
      {"3", "heart", "close"},
      {"40/x,", "conne", "conne"},
      {"5", "", ""},
      {"6", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.packet);
    Fixture newer("absent");
    REQUIRE_EQ(newer.text(row.packet), Status::ok);
    CHECK_EQ(newer.effects(), row.protocol_4);
    Fixture older("absent", EngineProtocol::v3);
    REQUIRE_EQ(older.server().reject(older.server().sessions_of(0).front()), Status::ok);
    REQUIRE_EQ(older.text(row.packet), Status::ok);
    CHECK_EQ(older.effects(), row.protocol_3);
  }
}

TEST_CASE("a connection that is lost takes its session to closing from every state") {
  for (const std::string_view state : kStates) {
    CAPTURE(state);
    Fixture fixture(state);
    Server& server = fixture.server();
    REQUIRE_EQ(server.handle_close(fixture.connection(), DisconnectReason::transport_close),
               Status::ok);
    CHECK_EQ(server.connection_count(), 0);
    const bool has_more_to_say = state != "absent" && state != "closing";
    CHECK_EQ(fixture.effects(), has_more_to_say ? "closi" : "");
    CHECK_FALSE(server.is_connected(fixture.session()));
    if (state == "absent") continue;
    CHECK_EQ(server.sessions_of(fixture.connection()).size(), 1);
    CHECK_EQ(server.release(fixture.session()), Status::ok);
    CHECK(server.sessions_of(fixture.connection()).empty());
    CHECK(server.engine_id(fixture.connection()).empty());
    CHECK_EQ(server.remove_namespace(fixture.name_space()), Status::ok);
  }
}

}  // namespace dormouse::test
