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

TEST_CASE("handshake: codes and texts are Engine.IO's") {
  CHECK_EQ(static_cast<int>(HandshakeError::unknown_transport), 0);
  CHECK_EQ(static_cast<int>(HandshakeError::unknown_sid), 1);
  CHECK_EQ(static_cast<int>(HandshakeError::bad_handshake_method), 2);
  CHECK_EQ(static_cast<int>(HandshakeError::bad_request), 3);
  CHECK_EQ(static_cast<int>(HandshakeError::forbidden), 4);
  CHECK_EQ(static_cast<int>(HandshakeError::unsupported_protocol_version), 5);
}

}  // namespace dormouse::test
