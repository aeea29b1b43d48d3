// Runs the scenarios of tests/wasm/vectors: inputs and commands, and every effect that they lead
// to.
#include <doctest/doctest.h>

#include <string>

#include "support/scenario.h"
#include "support/vector_file.h"

namespace dormouse::test {

namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

void run_file(std::string_view file_name) {
  for (const Vector& vector : read_vectors(file_name)) {
    CAPTURE(vector.title);
    Scenario scenario;
    for (const Step& step : vector.steps) {
      const std::string place =
          std::string(file_name) + ":" + std::to_string(step.line) + ": > " + step.input;
      INFO(place);
      std::string actual;
      try {
        actual = joined(scenario.run(step.input));
      } catch (const std::exception& error) {
        FAIL_CHECK(error.what());
        break;
      }
      CHECK_EQ(actual, joined(step.expected));
    }
  }
}

}  // namespace

TEST_CASE("handshake and heartbeat") { run_file("engine.txt"); }
TEST_CASE("connecting to namespaces") { run_file("connect.txt"); }
TEST_CASE("the end of sessions and connections") { run_file("disconnect.txt"); }
TEST_CASE("binary packets") { run_file("binary.txt"); }
TEST_CASE("rooms") { run_file("rooms.txt"); }
TEST_CASE("ack ids") { run_file("acks.txt"); }
TEST_CASE("limits") { run_file("limits.txt"); }
TEST_CASE("snapshots") { run_file("snapshots.txt"); }
TEST_CASE("Engine.IO 3") { run_file("protocol-3.txt"); }
TEST_CASE("transports") { run_file("transports.txt"); }
TEST_CASE("external packet codec") { run_file("external-codec.txt"); }

}  // namespace dormouse::test
