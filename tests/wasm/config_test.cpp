// A configuration that crosses the boundary.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "dormouse/server.h"

namespace dormouse::test {

namespace {

constexpr std::size_t kFields = sizeof(Config) / sizeof(std::uint32_t);

/// What `read_config` makes of so many fields of a version, each of which is `value`.
Status read(std::uint32_t version, std::size_t fields, std::uint32_t value, Config& config) {
  std::vector<std::uint32_t> words(1 + fields, value);
  words[0] = version;
  return read_config(words, config);
}

}  // namespace

TEST_CASE("a configuration: fields that are left out have their defaults") {
  Config config;
  CHECK(read(kConfigVersion, 0, 0, config) == Status::ok);
  CHECK(config.ping_interval == Config{}.ping_interval);
  CHECK(read(kConfigVersion, kFields, 7, config) == Status::ok);
  CHECK(config.ping_interval == 7);
}

TEST_CASE(
    "a configuration: of another version, without one or with fields nobody knows is refused") {
  Config config;
  CHECK(read(kConfigVersion, kFields, 1, config) == Status::ok);
  CHECK(read(kConfigVersion + 1, kFields, 1, config) == Status::unsupported_config);
  CHECK(read(kConfigVersion - 1, kFields, 1, config) == Status::unsupported_config);
  CHECK(read(kConfigVersion, kFields + 1, 1, config) == Status::unsupported_config);
  CHECK(read_config({}, config) == Status::unsupported_config);
}

}  // namespace dormouse::test
