// One text message, whole and cut after each of its characters, to a client in every state.
//
// The first byte chooses protocol, codec and limits; the rest is the message.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "../support/delivery.h"
#include "../support/head_text.h"
#include "byte_source.h"
#include "check.h"
#include "engine_packet.h"
#include "socket_packet.h"

namespace dormouse::fuzz {

namespace {

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = test::code_point_size(text[at]);
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || at + size > text.size()) return false;
    for (std::size_t i = 1; i < size; ++i) {
      if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return false;
    }
    at += size;
  }
  return true;
}

/// A cut head is answered as the whole message is, or with "more head needed" if it is too short.
void check_cuts(std::string_view message, EngineProtocol protocol, const Config& config) {
  const std::string expected = test::describe_head(test::whole(message), message, protocol, config);
  require(expected != "more head needed\n", "a whole message is not enough");
  bool answered = false;
  for (std::size_t size = 0; size < message.size(); size += test::code_point_size(message[size])) {
    const std::string answer =
        test::describe_head(test::head_of(message, size), message, protocol, config);
    const bool is_answer = answer != "more head needed\n";
    require(!is_answer || answer == expected, "a cut head is answered in another way");
    require(is_answer || !answered, "a longer head tells less");
    answered = is_answer;
  }
}

/// One client whose session in "/" is as far as `progress` says.
void check_server(std::string_view message, EngineProtocol protocol, const Config& config,
                  std::uint32_t progress) {
  Server server(config);
  const NamespaceHandle root = server.add_namespace("/");
  ConnectionHandle connection = kNone;
  require(server.handle_open(0, protocol, Transport::websocket, "ann", connection) == Status::ok,
          "open");
  if (protocol == EngineProtocol::v4 && progress > 0) {
    require(server.handle_packet(connection, PacketType::connect, "/", kNoAck) == Status::ok, "");
  }
  if (progress > 1) {
    const SessionHandle session = server.sessions_of(connection).front();
    require(server.assign(session, root, "sid") == Status::ok, "assign");
    if (progress > 2) require(server.admit(session, "") == Status::ok, "admit");
  }
  // The units of text that is not UTF-8 may be anything; callers hand in nothing of the kind.
  Status status = Status::ok;
  const std::string broken =
      test::handle_both_ways(server, config, 1, connection, test::whole(message), status);
  require(broken.empty(), broken);
  require(status == Status::ok || !is_utf8(message), "a whole message is not enough");
  require_invariants(server, config);
  (void)server.handle_binary(2, connection, 1, 4);
  require_invariants(server, config);
  require_clean_end(server);
}

}  // namespace

}  // namespace dormouse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dormouse;
  fuzz::ByteSource source(data, size);
  const std::uint8_t choice = source.byte();
  const auto protocol = (choice & 1U) != 0 ? EngineProtocol::v3 : EngineProtocol::v4;
  Config config;
  if ((choice & 2U) != 0) config.packet_codec = 1;
  if ((choice & 4U) != 0) config.max_namespace_length = 8;
  if ((choice & 8U) != 0) config.max_attachments = 2;
  const std::string_view message = source.rest();
  if (fuzz::is_utf8(message)) fuzz::check_cuts(message, protocol, config);
  fuzz::check_server(message, protocol, config, choice >> 6U);
  return 0;
}
