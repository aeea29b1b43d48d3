// Runs the packet vectors: each message whole, cut after each character, and with more behind it.
#include <doctest/doctest.h>

#include <string>

#include "engine_packet.h"
#include "socket_packet.h"
#include "support/head_text.h"
#include "support/vector_file.h"

namespace dormouse::test {

namespace {

const std::string kMoreHeadNeeded = "more head needed\n";

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

void check_message(std::string_view message, const std::string& expected, EngineProtocol protocol) {
  const Config config;
  CHECK_EQ(describe_head(whole(message), message, protocol, config), expected);
  const std::uint32_t header = header_units(whole(message), protocol, config);
  bool answered = false;
  for (std::size_t size = 0; size < message.size(); size += code_point_size(message[size])) {
    CAPTURE(size);
    const TextHead head = head_of(message, size);
    const std::string answer = describe_head(head, message, protocol, config);
    if (answer == kMoreHeadNeeded) {
      CHECK_FALSE(answered);
      // One unit behind the header has to be enough: it tells that no more digits follow.
      CHECK_LE(units_of(head.bytes), header);
    } else {
      answered = true;
      CHECK_EQ(answer, expected);
    }
  }
}

/// What stands behind the head does not matter, as long as there was a payload at all.
void check_with_more_behind(std::string_view message, EngineProtocol protocol) {
  const Config config;
  const std::uint32_t header = header_units(whole(message), protocol, config);
  if (header == kNone || header >= units_of(message)) return;
  const std::string longer = std::string(message) + "0,-/🐭]";
  TextHead head = whole(longer);
  CHECK_EQ(header_units(head, protocol, config), header);
  head.bytes = message;
  CHECK_EQ(header_units(head, protocol, config), header);
}

void run_file(std::string_view file_name, EngineProtocol protocol) {
  for (const Vector& vector : read_vectors(file_name)) {
    CAPTURE(vector.title);
    for (const Step& step : vector.steps) {
      const std::string place =
          std::string(file_name) + ":" + std::to_string(step.line) + ": > " + step.input;
      INFO(place);
      check_message(step.input, joined(step.expected), protocol);
      check_with_more_behind(step.input, protocol);
    }
  }
}

}  // namespace

TEST_CASE("message heads, protocol 4") { run_file("packets.txt", EngineProtocol::v4); }
TEST_CASE("message heads, protocol 3") { run_file("packets-protocol-3.txt", EngineProtocol::v3); }

TEST_CASE("a namespace may be longer than any head that was tried first") {
  Config config;
  const std::string name = "/" + std::string(config.max_namespace_length - 1, 'x');
  const std::string message = "42" + name + ",[]";
  const std::string expected = "event\nnamespace " + name + "\npayload []\n";
  check_message(message, expected, EngineProtocol::v4);
  const std::string longer = "42" + name + "x,[]";
  const std::size_t limit = config.max_namespace_length;
  CHECK_EQ(describe_head(head_of(longer, 2 + limit), longer, EngineProtocol::v4, config),
           kMoreHeadNeeded);
  CHECK_EQ(describe_head(head_of(longer, 3 + limit), longer, EngineProtocol::v4, config),
           "! namespace_too_long\n");
}

TEST_CASE("binary frames") {
  const Frame bare = decode_binary_frame(0, 0, EngineProtocol::v4);
  CHECK_EQ(bare.kind, FrameKind::packet);
  CHECK_EQ(bare.type, EnginePacketType::message);
  CHECK_EQ(bare.data_offset, 0);
  for (std::uint32_t first = 0; first < 256; ++first) {
    const auto byte = static_cast<std::uint8_t>(first);
    CHECK_EQ(decode_binary_frame(9, byte, EngineProtocol::v4).type, EnginePacketType::message);
    const Frame typed = decode_binary_frame(9, byte, EngineProtocol::v3);
    CHECK_EQ(typed.kind, first <= 6 ? FrameKind::packet : FrameKind::invalid);
    if (first > 6) continue;
    CHECK_EQ(static_cast<std::uint32_t>(typed.type), first);
    CHECK_EQ(typed.data_offset, 1);
  }
  CHECK_EQ(decode_binary_frame(0, 4, EngineProtocol::v3).kind, FrameKind::invalid);
}

}  // namespace dormouse::test
