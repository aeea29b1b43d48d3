// Names as keys of trees.
#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "name.h"
#include "support/scenario.h"

namespace dormouse::test {

namespace {

/// Pairs of names that have the same hash, as a peer would look for.
std::vector<std::pair<std::string, std::string>> collisions() {
  std::unordered_map<std::uint32_t, std::string> seen;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (int i = 0; i < 400'000; ++i) {
    const std::string name = "room" + std::to_string(std::int64_t{i} * 7919);
    const auto [known, is_new] = seen.try_emplace(NameView(name).hash, name);
    if (!is_new) pairs.emplace_back(known->second, name);
  }
  return pairs;
}

}  // namespace

TEST_CASE("names of the same hash are different names") {
  const auto pairs = collisions();
  REQUIRE_GE(pairs.size(), 5);
  std::map<Name, int, NameOrder> tree;
  for (const auto& [first, second] : pairs) {
    const NameOrder before;
    const NameView a(first);
    const NameView b(second);
    CHECK_EQ(a.hash, b.hash);
    CHECK_NE(before(a, b), before(b, a));
    CHECK_FALSE(before(a, a));
    tree.try_emplace(Name(a), 1);
    tree.try_emplace(Name(b), 2);
    CHECK_EQ(tree.find(a)->second, 1);
    CHECK_EQ(tree.find(b)->second, 2);
  }
  CHECK_EQ(tree.size(), pairs.size() * 2);
}

TEST_CASE("rooms and namespaces of the same hash are kept apart") {
  for (const auto& [first, second] : collisions()) {
    Scenario scenario;
    (void)scenario.run("client ann /" + first);
    (void)scenario.run("client bob /");
    CHECK_EQ(scenario.run("join s0 " + first).front(), "membership room");
    CHECK_EQ(scenario.run("join s0 " + second).front(), "membership room");
    CHECK_EQ(scenario.run("leave s0 " + first).front(), "membership room");
    CHECK_EQ(scenario.run("members-of n0 " + first).front(), "none");
    CHECK_EQ(scenario.run("members-of n0 " + second).front(), "s0@c0");
    CHECK_EQ(scenario.run("find-namespace /" + second).front(), "-");
  }
}

}  // namespace dormouse::test
