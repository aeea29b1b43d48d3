// Bytes as a snapshot: refused without a trace, or a connection like any other.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "byte_source.h"
#include "check.h"

namespace dormouse::fuzz {

namespace {

constexpr Milliseconds kNow = 1e6;

void check_refused(Server& server, std::string_view before) {
  require(server.connection_count() == 1, "a refused snapshot left a connection");
  require(server.snapshot(0) == before, "a refused snapshot changed another connection");
  require(server.poll_effects().words.empty(), "a refused snapshot had effects");
}

void check_restored(Server& server, const Config& config, ConnectionHandle connection) {
  require_invariants(server, config);
  require(server.poll_changed().empty(), "a restored connection is news");
  // What is saved again is the same, and stays the same.
  const std::string snapshot(server.snapshot(connection));
  Server other(config);
  (void)other.handle_open(kNow, EngineProtocol::v4, Transport::websocket, "first", connection);
  ConnectionHandle restored = kNone;
  require(other.restore(kNow, snapshot, restored) == Status::ok, "our own snapshot is refused");
  require(other.snapshot(restored) == snapshot, "a snapshot changes when it is restored");
}

}  // namespace

}  // namespace dormouse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dormouse;
  fuzz::ByteSource source(data, size);
  const Config config;
  Server server(config);
  server.add_namespace("/");
  ConnectionHandle first = kNone;
  (void)server.handle_open(fuzz::kNow, EngineProtocol::v4, Transport::websocket, "first", first);
  (void)server.poll_changed();
  const std::string before(server.snapshot(first));
  ConnectionHandle restored = kNone;
  if (server.restore(fuzz::kNow, source.rest(), restored) != Status::ok) {
    fuzz::check_refused(server, before);
    return 0;
  }
  fuzz::check_restored(server, config, restored);
  // Everything may happen to it now.
  for (const std::string_view message : {"3", "42[\"x\"]", "40/new", "41"}) {
    (void)server.handle_text(fuzz::kNow, restored, test::whole(message));
    fuzz::require_invariants(server, config);
  }
  (void)server.handle_binary(fuzz::kNow, restored, 4, 4);
  server.handle_timeout(fuzz::kNow + 1);
  fuzz::require_invariants(server, config);
  fuzz::require_clean_end(server);
  return 0;
}
