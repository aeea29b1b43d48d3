// Prints glue/core/abi.gen.ts: the constants of the boundary, from the headers that define them.
#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "dormouse/effect.h"
#include "dormouse/error.h"
#include "dormouse/server.h"
#include "dormouse/types.h"

namespace {

using namespace dormouse;

struct Entry {
  std::string_view name;
  std::uint64_t value;
};

using Texts = std::vector<std::string_view>;

void print_comment(std::string_view text) {
  std::printf("\n/** %.*s */\n", static_cast<int>(text.size()), text.data());
}

void print_constant(std::string_view comment, const char* name, std::uint64_t value) {
  print_comment(comment);
  std::printf("export const %s = %" PRIu64 ";\n", name, value);
}

void print_object(std::string_view comment, const char* name, const std::vector<Entry>& entries) {
  print_comment(comment);
  std::printf("export const %s = {\n", name);
  for (const Entry& entry : entries) {
    std::printf("  %.*s: %" PRIu64 ",\n", static_cast<int>(entry.name.size()), entry.name.data(),
                entry.value);
  }
  std::printf("} as const;\n");
}

std::string quoted(std::string_view text) {
  std::string literal = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') literal += '\\';
    literal += character;
  }
  return literal + '"';
}

void print_texts(std::string_view comment, const char* name, const Texts& texts) {
  print_comment(comment);
  std::printf("export const %s = [\n", name);
  for (const std::string_view text : texts) std::printf("  %s,\n", quoted(text).c_str());
  std::printf("] as const;\n");
}

void print_numbers() {
  print_constant("No handle, no offset, no value.", "NONE", kNone);
  print_constant("No deadline.", "NEVER", static_cast<std::uint64_t>(kNever));
  print_constant("The largest ack id.", "MAX_ACK_ID", kMaxAckId);
}

void print_effects() {
  std::vector<Entry> kinds;
  std::vector<unsigned> field_counts;
#define X(name, value, fields)                                                             \
  kinds.push_back({#name, value});                                                         \
  field_counts.resize(std::max<std::size_t>(field_counts.size(), std::size_t{value} + 1)); \
  field_counts[value] = fields;
  DORMOUSE_EFFECTS(X)
#undef X
  print_object("What the core asks for; the first half of an effect's first word.", "EffectKind",
               kinds);
  print_comment("Words behind an effect's first one, by kind.");
  std::printf("export const effectFieldCounts: readonly number[] = [");
  const char* separator = "";
  for (const unsigned count : field_counts) {
    std::printf("%s%u", separator, count);
    separator = ", ";
  }
  std::printf("];\n");
}

void print_statuses() {
  std::vector<Entry> statuses;
  Texts texts;
#define X(name, text)                                                    \
  statuses.push_back({#name, static_cast<std::uint64_t>(Status::name)}); \
  texts.push_back(text);
  DORMOUSE_STATUSES(X)
#undef X
  print_object("What a call answers.", "Status", statuses);
  print_texts("The statuses in words.", "statusTexts", texts);
}

void print_reasons() {
  std::vector<Entry> reasons;
  Texts texts;
#define X(name, text)                                                             \
  reasons.push_back({#name, static_cast<std::uint64_t>(DisconnectReason::name)}); \
  texts.push_back(text);
  DORMOUSE_DISCONNECT_REASONS(X)
#undef X
  print_object("Why a session ended.", "DisconnectReason", reasons);
  print_texts("The reasons as listeners get them.", "disconnectReasonTexts", texts);
}

void print_faults() {
  std::vector<Entry> faults;
  Texts messages;
#define X(name, message, reason, event, code, wire)                   \
  faults.push_back({#name, static_cast<std::uint64_t>(Fault::name)}); \
  messages.push_back(message);
  DORMOUSE_FAULTS(X)
#undef X
  print_object("What a peer can do wrong.", "Fault", faults);
  print_texts("The messages of the `error` events.", "faultMessages", messages);
}

void print_handshake_errors() {
  std::vector<Entry> errors;
  Texts texts;
#define X(name, code, text)        \
  errors.push_back({#name, code}); \
  texts.push_back(text);
  DORMOUSE_HANDSHAKE_ERRORS(X)
#undef X
  errors.push_back({"none", static_cast<std::uint64_t>(HandshakeError::none)});
  print_object("Why a handshake is refused: Engine.IO's codes.", "HandshakeError", errors);
  print_texts("Texts by code.", "handshakeErrorTexts", texts);
}

void print_packet_types() {
  std::vector<Entry> types;
#define X(name, value) types.push_back({#name, value});
  DORMOUSE_ENGINE_PACKET_TYPES(X)
  print_object("Engine.IO packet types: the digits on the wire.", "EnginePacketType", types);
  types.clear();
  DORMOUSE_PACKET_TYPES(X)
#undef X
  print_object("Socket.IO packet types: the digits on the wire.", "PacketType", types);
}

void print_configuration() {
  print_object(
      "What `join` and `leave` did, as flags.", "RoomChange",
      {{"nothing", kNothingChanged}, {"membership", kMembershipChanged}, {"room", kRoomChanged}});
  print_object("Who tells the core that a client is alive.", "PongSource",
               {{"message", static_cast<std::uint64_t>(PongSource::message)},
                {"auto_response", static_cast<std::uint64_t>(PongSource::auto_response)}});
  print_object("Who reads and writes Socket.IO packets.", "PacketCodec",
               {{"text", static_cast<std::uint64_t>(PacketCodec::text)},
                {"external", static_cast<std::uint64_t>(PacketCodec::external)}});
  const Config config;
#define FIELD(name) {#name, static_cast<std::uint64_t>(config.name)}
  print_object("Defaults of the core's configuration, in the order of `dm_server_new`'s arguments.",
               "configDefaults",
               {FIELD(ping_interval), FIELD(ping_timeout), FIELD(connect_timeout),
                FIELD(max_payload), FIELD(max_attachments), FIELD(max_namespace_length),
                FIELD(max_sessions_per_connection), FIELD(max_connections), FIELD(pong_source),
                FIELD(packet_codec)});
#undef FIELD
}

}  // namespace

int main() {
  std::printf(
      "// Generated by wasm/tools/generate_abi.cpp from wasm/include/dormouse. Do not edit.\n");
  print_numbers();
  print_effects();
  print_statuses();
  print_reasons();
  print_faults();
  print_handshake_errors();
  print_packet_types();
  print_configuration();
}
