#include "vector_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace dormouse::test {

namespace {

constexpr std::string_view kTitle = "== ";
constexpr std::string_view kInput = ">";
constexpr std::size_t kInputStart = 2;
constexpr std::string_view kExpected = "  ";

}  // namespace

std::vector<Vector> read_vectors(std::string_view file_name) {
  const std::filesystem::path path =
      std::filesystem::path(__FILE__).parent_path() / "../vectors" / file_name;
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::vector<Vector> vectors;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with(kTitle)) {
      vectors.push_back({line.substr(kTitle.size()), {}});
    } else if (line.starts_with(kInput) && !vectors.empty()) {
      vectors.back().steps.push_back({number, line.substr(std::min(line.size(), kInputStart)), {}});
    } else if (line.starts_with(kExpected) && !vectors.empty() && !vectors.back().steps.empty()) {
      vectors.back().steps.back().expected.push_back(line.substr(kExpected.size()));
    } else {
      throw std::runtime_error(path.string() + ":" + std::to_string(number) + ": " + line);
    }
  }
  return vectors;
}

}  // namespace dormouse::test
