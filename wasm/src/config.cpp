// Reads the configuration that the glue passes to the core.
#include <cstddef>
#include <cstring>

#include "dormouse/server.h"

namespace dormouse {

Status read_config(std::span<const std::uint32_t> words, Config& config) {
  // Config is its fields, in the order of its table.
  constexpr std::size_t kFields = sizeof(Config) / sizeof(std::uint32_t);
  if (words.empty() || words[0] != kConfigVersion || words.size() - 1 > kFields) {
    return Status::unsupported_config;
  }
  std::memcpy(&config, &words[1], (words.size() - 1) * sizeof(std::uint32_t));
  return Status::ok;
}

}  // namespace dormouse
