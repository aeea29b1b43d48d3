// Prints what is made from the core's tables: glue/core/abi.gen.ts, the TypeScript side of the
// boundary; with the argument `tables`, the state tables of wasm/README.md.
#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "dormouse/abi.h"
#include "dormouse/effect.h"
#include "dormouse/error.h"
#include "dormouse/server.h"
#include "dormouse/types.h"
#include "session_table.h"

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
  print_constant("The bits of a handle that are an index, dense and reused.", "HANDLE_INDEX_MASK",
                 kHandleIndexMask);
  print_constant("The first word of a configuration.", "CONFIG_VERSION", kConfigVersion);
}

// --- effects -------------------------------------------------------------------------------------

struct Field {
  FieldKind kind;
  std::string name;
};

struct EffectRow {
  std::string name;
  std::uint32_t value;
  std::vector<Field> fields;
};

std::vector<EffectRow> effect_rows() {
  std::vector<EffectRow> rows;
#define F(kind, name) rows.back().fields.push_back({FieldKind::kind, #name});
#define X(name, value, fields)          \
  rows.push_back({#name, (value), {}}); \
  fields(F)
  DORMOUSE_EFFECTS(X)
#undef X
#undef F
  return rows;
}

std::string capitalized(std::string text) {
  text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

const char* type_of(FieldKind kind) {
  switch (kind) {
  case FieldKind::text:
    return "string";
  case FieldKind::flag:
    return "boolean";
  case FieldKind::ack:
    return "number | undefined";
  case FieldKind::number:
  case FieldKind::time:
    break;
  }
  return "number";
}

/// How a field that starts `at` words behind the first is read.
std::string reading_of(FieldKind kind, std::uint32_t at) {
  const auto word = [&](std::uint32_t offset) {
    return "words[at + " + std::to_string(at + offset) + "] as number";
  };
  switch (kind) {
  case FieldKind::number:
    return word(0);
  case FieldKind::flag:
    return "words[at + " + std::to_string(at) + "] !== 0";
  case FieldKind::text:
    return "readText(" + word(0) + ", " + word(1) + ")";
  case FieldKind::ack:
    return "readAck(" + word(0) + ", " + word(1) + ")";
  case FieldKind::time:
    return "readTime(" + word(0) + ", " + word(1) + ")";
  }
  return "";
}

void print_effects() {
  const std::vector<EffectRow> rows = effect_rows();
  std::vector<Entry> kinds;
  for (const EffectRow& row : rows) kinds.push_back({row.name, row.value});
  print_object("What the core asks for; the first half of an effect's first word.", "EffectKind",
               kinds);
  for (const EffectRow& row : rows) {
    std::printf("\nexport interface %sEffect {\n  kind: typeof EffectKind.%s;\n",
                capitalized(row.name).c_str(), row.name.c_str());
    for (const Field& field : row.fields) {
      std::printf("  %s: %s;\n", field.name.c_str(), type_of(field.kind));
    }
    std::printf("}\n");
  }
  std::printf("\nexport type Effect =");
  for (const EffectRow& row : rows) std::printf("\n  | %sEffect", capitalized(row.name).c_str());
  std::printf(";\n");
  print_comment("Words behind an effect's first one, by kind.");
  std::printf("export const effectWidths: readonly number[] = [0");
  for (const EffectRow& row : rows) {
    std::printf(", %u", width_of(static_cast<EffectKind>(row.value)));
  }
  std::printf("];\n");
  std::printf(R"(
/** Reads bytes of the queue's arena as text. */
export type ReadText = (offset: number, length: number) => string;

const timeWords = new Uint32Array(2);
const timeView = new Float64Array(timeWords.buffer);

function readTime(low: number, high: number): number {
  timeWords[0] = low;
  timeWords[1] = high;
  return timeView[0] as number;
}

/** An ack id, or undefined if none is asked for. */
export function readAck(low: number, high: number): number | undefined {
  return high === NONE ? undefined : high * 4_294_967_296 + low;
}

/** The effect whose fields start at this word; undefined if there is no such kind. */
export function decodeEffect(
  kind: number,
  words: Uint32Array,
  at: number,
  readText: ReadText,
): Effect | undefined {
  switch (kind) {
)");
  for (const EffectRow& row : rows) {
    std::printf("    case EffectKind.%s:\n      return {\n        kind,\n", row.name.c_str());
    std::uint32_t at = 0;
    for (const Field& field : row.fields) {
      std::printf("        %s: %s,\n", field.name.c_str(), reading_of(field.kind, at).c_str());
      at += width_of(field.kind);
    }
    std::printf("      };\n");
  }
  std::printf("    default:\n      return undefined;\n  }\n}\n");
}

// --- exports -------------------------------------------------------------------------------------

std::string camel_case(std::string_view name) {
  std::string result;
  for (const char character : name) {
    const bool follows = !result.empty() && result.back() == '_';
    if (follows) result.pop_back();
    const bool is_letter = character >= 'a' && character <= 'z';
    result += follows && is_letter ? static_cast<char>(character - 'a' + 'A') : character;
  }
  return result;
}

/// `(Type* self, double now)` becomes `self: number, now: number`.
std::string parameters_of(std::string_view list) {
  std::string result;
  std::string word;
  for (const char character : list) {
    const bool is_end = character == ',' || character == ')';
    if (is_end && !word.empty()) {
      result += (result.empty() ? "" : ", ") + camel_case(word) + ": number";
    }
    const bool is_name = character == '_' || (character >= 'a' && character <= 'z') ||
                         (character >= 'A' && character <= 'Z') ||
                         (character >= '0' && character <= '9');
    if (is_name) {
      word += character;
    } else {
      word.clear();
    }
  }
  return result;
}

void print_exports() {
  print_constant("Of core.wasm and of what stands here.", "ABI_VERSION", kAbiVersion);
  print_comment(
      "The exports of core.wasm. Those that give a `Status` have published their effects.");
  std::printf("export interface CoreExports {\n");
#define X(type, name, parameters)                                           \
  std::printf("  %s(%s): %s;\n", #name, parameters_of(#parameters).c_str(), \
              std::string_view(#type) == "void" ? "void" : "number");
  DORMOUSE_EXPORTS(X)
#undef X
  std::printf("}\n");
  std::vector<Entry> words;
#define X(name, place) words.push_back({#name, place});
  DORMOUSE_RESULT_WORDS(X)
#undef X
  print_object("Words of the block in which a call leaves its results.", "ResultWord", words);
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
  print_object("What carries the packets of a session.", "Transport",
               {{"websocket", static_cast<std::uint64_t>(Transport::websocket)},
                {"polling", static_cast<std::uint64_t>(Transport::polling)},
                {"upgrading", static_cast<std::uint64_t>(Transport::upgrading)}});
  print_object("Transports that clients may use, as flags.", "TransportFlag",
               {{"websocket", kWebsocketTransport}, {"polling", kPollingTransport}});
  print_comment("The core's configuration; see `Config` in wasm/include/dormouse/types.h.");
  std::printf("export interface CoreConfig {\n");
#define X(name, value) std::printf("  %s: number;\n", camel_case(#name).c_str());
  DORMOUSE_CONFIG(X)
#undef X
  std::printf("}\n");
  print_comment("Its defaults, in the order in which the fields cross the boundary.");
  std::printf("export const configDefaults: Readonly<CoreConfig> = {\n");
#define X(name, value) \
  std::printf("  %s: %u,\n", camel_case(#name).c_str(), static_cast<unsigned>(value));
  DORMOUSE_CONFIG(X)
#undef X
  std::printf("};\n");
}

// --- state tables --------------------------------------------------------------------------------

void print_row(std::string_view first, const Texts& cells) {
  std::printf("| %.*s |", static_cast<int>(first.size()), first.data());
  for (const std::string_view cell : cells) {
    std::printf(" %.*s |", static_cast<int>(cell.size()), cell.data());
  }
  std::printf("\n");
}

void print_head(std::string_view first, const Texts& columns) {
  std::printf("\n");
  print_row(first, columns);
  print_row("---", Texts(columns.size(), "---"));
}

#define NAME(name, ...) #name,
constexpr std::string_view kStateNames[] = {DORMOUSE_SESSION_STATES(NAME)};
constexpr std::string_view kPacketNames[] = {DORMOUSE_PACKET_TYPES(NAME)};
constexpr std::string_view kPacketActionNames[] = {DORMOUSE_PACKET_ACTIONS(NAME)};
constexpr std::string_view kCommandNames[] = {DORMOUSE_SESSION_COMMANDS(NAME)};
constexpr std::string_view kCollectionStateNames[] = {DORMOUSE_COLLECTION_STATES(NAME)};
constexpr std::string_view kCollectionInputNames[] = {DORMOUSE_COLLECTION_INPUTS(NAME)};
constexpr std::string_view kCollectionActionNames[] = {DORMOUSE_COLLECTION_ACTIONS(NAME)};
constexpr std::string_view kEnginePacketNames[] = {DORMOUSE_ENGINE_PACKET_TYPES(NAME)};
constexpr std::string_view kEngineActionNames[] = {DORMOUSE_ENGINE_ACTIONS(NAME)};
constexpr std::string_view kTransportNames[] = {DORMOUSE_TRANSPORT_STATES(NAME)};
constexpr std::string_view kTransportCommandNames[] = {DORMOUSE_TRANSPORT_COMMANDS(NAME)};
#undef NAME

template <typename Enum, std::size_t size>
std::string_view named(const std::string_view (&names)[size], Enum value) {
  return names[static_cast<std::size_t>(value)];
}

void print_session_tables() {
  print_head("packet", Texts(kStateNames, kStateNames + kWireStates));
  for (std::size_t packet = 0; packet < std::size(kPacketNames); ++packet) {
    std::vector<std::string> cells;
    for (std::size_t state = 0; state < kWireStates; ++state) {
      const PacketStep& step = kPacketTable[packet][state];
      cells.emplace_back(named(kPacketActionNames, step.action));
      const bool moves =
          step.action != PacketAction::violate && static_cast<std::size_t>(step.next) != state;
      if (moves) cells.back().append(" → ").append(named(kStateNames, step.next));
    }
    print_row(kPacketNames[packet], Texts(cells.begin(), cells.end()));
  }
  print_head("command", Texts(std::begin(kStateNames), std::end(kStateNames)));
  for (std::size_t command = 0; command < std::size(kCommandNames); ++command) {
    Texts cells;
    for (std::size_t state = 0; state < kSessionStates; ++state) {
      const CommandStep& step = kCommandTable[command][state];
      const bool stays = static_cast<std::size_t>(step.next) == state;
      cells.push_back(!step.is_allowed ? "" : stays ? "ok" : named(kStateNames, step.next));
    }
    print_row(kCommandNames[command], cells);
  }
}

void print_other_tables() {
  print_head("message", Texts(std::begin(kCollectionStateNames), std::end(kCollectionStateNames)));
  for (std::size_t input = 0; input < std::size(kCollectionInputNames); ++input) {
    Texts cells;
    for (const CollectionAction action : kCollectionTable[input]) {
      cells.push_back(named(kCollectionActionNames, action));
    }
    print_row(kCollectionInputNames[input], cells);
  }
  print_head("Engine.IO packet", {"protocol 4", "protocol 3"});
  for (std::size_t packet = 0; packet < std::size(kEnginePacketNames); ++packet) {
    Texts cells;
    for (const EngineAction action : kEngineTable[packet]) {
      cells.push_back(named(kEngineActionNames, action));
    }
    print_row(kEnginePacketNames[packet], cells);
  }
  print_head("transport", Texts(std::begin(kTransportNames), std::end(kTransportNames)));
  for (std::size_t command = 0; command < std::size(kTransportCommandNames); ++command) {
    Texts cells;
    for (const TransportStep& step : kTransportTable[command]) {
      cells.push_back(step.is_allowed ? named(kTransportNames, step.next) : "");
    }
    print_row(kTransportCommandNames[command], cells);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1 && std::string_view(arguments[1]) == "tables") {
    print_session_tables();
    print_other_tables();
    return 0;
  }
  std::printf(
      "// Generated by wasm/tools/generate_abi.cpp from wasm/include/dormouse. Do not edit.\n");
  print_numbers();
  print_exports();
  print_effects();
  print_statuses();
  print_reasons();
  print_faults();
  print_handshake_errors();
  print_packet_types();
  print_configuration();
}
