// Runs one step of a scenario vector against a server, and writes down what comes of it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dormouse/server.h"
#include "effects.h"

namespace dormouse::test {

/// The words of an input line. A command takes as many as it has; the last may be the whole rest.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::string_view next();
  /// Everything that is left.
  std::string_view rest();
  std::uint32_t number();
  /// A handle: a letter and an index (`c0`), perhaps with a generation (`c0.1`). Without one it is
  /// what has that index now.
  std::uint32_t handle(const Server& server);

 private:
  std::string_view rest_;
};

/// A server, its clock, and the commands of tests/wasm/vectors/README.md.
class Scenario {
 public:
  /// Returns the lines that the step produced. Throws `std::runtime_error` for a line that means
  /// nothing.
  std::vector<std::string> run(std::string_view input);

  [[nodiscard]] Server& server();

 private:
  using Lines = std::vector<std::string>;

  void set_config(std::string_view name, std::string_view value);
  bool run_setting(std::string_view command, Words& words, Lines& lines);
  bool run_input(std::string_view command, Words& words, Lines& lines);
  bool run_command(std::string_view command, Words& words, Lines& lines);
  bool run_query(std::string_view command, Words& words, Lines& lines);

  /// Adds the status, unless it is `ok`, and the effects.
  void finish(Status status, Lines& lines, std::string_view message = {});
  void add_effects(Lines& lines, std::string_view message = {});
  void join_client(std::string_view name, std::string_view name_space, std::string_view pid);
  void restore(std::string_view snapshot, Lines& lines);
  void hibernate(Lines& lines);
  ConnectionHandle find_or_open(std::string_view engine_id);

  Config config_;
  std::unique_ptr<Server> server_;
  std::vector<std::string> name_spaces_;
  HandleNames names_;
  double now_ = 0;
};

}  // namespace dormouse::test
