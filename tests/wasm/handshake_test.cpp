// Who is let in: Engine.IO's checks, in upstream's order.
#include <doctest/doctest.h>

#include <string_view>

#include "dormouse/server.h"

namespace dormouse::test {

namespace {

HandshakeRequest good() {
  return {.transport = "websocket",
          .protocol = "4",
          .sid = "",
          .method = "GET",
          .is_upgrade = true,
          .allow_protocol_3 = false};
}

/// A server with WebSocket and nothing else.
HandshakeError check_handshake(const HandshakeRequest& request) {
  return Server(Config{}).check_handshake(request);
}

template <typename Change>
HandshakeError check(Change change) {
  HandshakeRequest request = good();
  change(request);
  return check_handshake(request);
}

}  // namespace

TEST_CASE("handshake: a WebSocket upgrade of protocol 4") {
  CHECK_EQ(check_handshake(good()), HandshakeError::none);
}

TEST_CASE("handshake: one thing wrong") {
  for (const std::string_view transport :
       {"polling", "webtransport", "", "WebSocket", "toString"}) {
    CHECK_EQ(check([&](HandshakeRequest& request) { request.transport = transport; }),
             HandshakeError::unknown_transport);
  }
  CHECK_EQ(check([](HandshakeRequest& request) { request.sid = "abc"; }),
           HandshakeError::unknown_sid);
  for (const std::string_view method : {"POST", "HEAD", "get", ""}) {
    CHECK_EQ(check([&](HandshakeRequest& request) { request.method = method; }),
             HandshakeError::bad_handshake_method);
  }
  CHECK_EQ(check([](HandshakeRequest& request) { request.is_upgrade = false; }),
           HandshakeError::bad_request);
  // Whatever is not "4" is protocol 3 for upstream.
  for (const std::string_view protocol : {"3", "", "5", "four"}) {
    CHECK_EQ(check([&](HandshakeRequest& request) { request.protocol = protocol; }),
             HandshakeError::unsupported_protocol_version);
    CHECK_EQ(check([&](HandshakeRequest& request) {
               request.protocol = protocol;
               request.allow_protocol_3 = true;
             }),
             HandshakeError::none);
  }
}

TEST_CASE("handshake: the first thing wrong is what is said") {
  HandshakeRequest request = {.transport = "polling",
                              .protocol = "3",
                              .sid = "abc",
                              .method = "POST",
                              .is_upgrade = false,
                              .allow_protocol_3 = false};
  CHECK_EQ(check_handshake(request), HandshakeError::unknown_transport);
  request.transport = "websocket";
  CHECK_EQ(check_handshake(request), HandshakeError::unknown_sid);
  request.sid = "";
  CHECK_EQ(check_handshake(request), HandshakeError::bad_handshake_method);
  request.method = "GET";
  CHECK_EQ(check_handshake(request), HandshakeError::bad_request);
  request.is_upgrade = true;
  CHECK_EQ(check_handshake(request), HandshakeError::unsupported_protocol_version);
  request.protocol = "4";
  CHECK_EQ(check_handshake(request), HandshakeError::none);
}

TEST_CASE("handshake: transports are what the configuration says") {
  const auto check = [](std::uint32_t transports, std::string_view transport, bool is_upgrade) {
    HandshakeRequest request = good();
    request.transport = transport;
    request.is_upgrade = is_upgrade;
    return Server(Config{.transports = transports}).check_handshake(request);
  };
  constexpr std::uint32_t kBoth = kWebsocketTransport | kPollingTransport;
  CHECK_EQ(check(kBoth, "polling", false), HandshakeError::none);
  CHECK_EQ(check(kBoth, "websocket", true), HandshakeError::none);
  CHECK_EQ(check(kPollingTransport, "websocket", true), HandshakeError::unknown_transport);
  CHECK_EQ(check(kPollingTransport, "polling", false), HandshakeError::none);
  CHECK_EQ(check(kWebsocketTransport, "polling", false), HandshakeError::unknown_transport);
  CHECK_EQ(check(kBoth, "webtransport", false), HandshakeError::unknown_transport);
  // A transport and a request that do not go together.
  CHECK_EQ(check(kBoth, "websocket", false), HandshakeError::bad_request);
  CHECK_EQ(check(kBoth, "polling", true), HandshakeError::bad_request);
}

TEST_CASE("handshake: who comes back with a session id") {
  Server server(Config{.transports = kWebsocketTransport | kPollingTransport});
  ConnectionHandle polls = kNone;
  ConnectionHandle has_socket = kNone;
  REQUIRE_EQ(server.handle_open(0, EngineProtocol::v4, Transport::polling, "poll", polls),
             Status::ok);
  REQUIRE_EQ(server.handle_open(0, EngineProtocol::v4, Transport::websocket, "ws", has_socket),
             Status::ok);
  const auto ask = [&](std::string_view sid, std::string_view transport, bool is_upgrade) {
    return server.check_handshake({.transport = transport,
                                   .protocol = "4",
                                   .sid = sid,
                                   .method = "POST",
                                   .is_upgrade = is_upgrade,
                                   .allow_protocol_3 = false});
  };
  CHECK_EQ(ask("nobody", "polling", false), HandshakeError::unknown_sid);
  CHECK_EQ(ask("nobody", "websocket", true), HandshakeError::unknown_sid);
  CHECK_EQ(ask("poll", "polling", false), HandshakeError::none);
  CHECK_EQ(ask("poll", "websocket", false), HandshakeError::bad_request);
  CHECK_EQ(ask("poll", "websocket", true), HandshakeError::none);
  CHECK_EQ(ask("ws", "polling", false), HandshakeError::bad_request);
  CHECK_EQ(ask("ws", "websocket", true), HandshakeError::bad_request);
  // A second WebSocket while the first is being probed; polling goes on.
  REQUIRE_EQ(server.begin_upgrade(polls), Status::ok);
  CHECK_EQ(ask("poll", "websocket", true), HandshakeError::bad_request);
  CHECK_EQ(ask("poll", "polling", false), HandshakeError::none);
  REQUIRE_EQ(server.finish_upgrade(polls), Status::ok);
  CHECK_EQ(ask("poll", "polling", false), HandshakeError::bad_request);
  REQUIRE_EQ(server.handle_close(polls, DisconnectReason::transport_close), Status::ok);
  CHECK_EQ(ask("poll", "polling", false), HandshakeError::unknown_sid);
}

TEST_CASE("handshake: codes and texts are Engine.IO's") {
  CHECK_EQ(static_cast<int>(HandshakeError::unknown_transport), 0);
  CHECK_EQ(static_cast<int>(HandshakeError::unknown_sid), 1);
  CHECK_EQ(static_cast<int>(HandshakeError::bad_handshake_method), 2);
  CHECK_EQ(static_cast<int>(HandshakeError::bad_request), 3);
  CHECK_EQ(static_cast<int>(HandshakeError::forbidden), 4);
  CHECK_EQ(static_cast<int>(HandshakeError::unsupported_protocol_version), 5);
}

}  // namespace dormouse::test
