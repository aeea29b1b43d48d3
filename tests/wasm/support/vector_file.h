// Reads tests/wasm/vectors/*.txt. What they look like: tests/wasm/vectors/README.md.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::test {

/// A line that starts a step, and the indented lines below it.
struct Step {
  std::size_t line = 0;
  std::string input;
  std::vector<std::string> expected;
};

/// What stands below a line `== title`.
struct Vector {
  std::string title;
  std::vector<Step> steps;
};

/// Throws `std::runtime_error` if the file cannot be read or has a line that belongs nowhere.
std::vector<Vector> read_vectors(std::string_view file_name);

}  // namespace dormouse::test
