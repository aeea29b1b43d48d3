// What tests say of what stood still while they waited.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Standstills } from "./standstills.ts";

const LIMIT = 50;

test("what takes long is named, under way and when it is over; what does not is not", async () => {
  const standstills = new Standstills([process.pid], LIMIT);
  const began = Date.now();
  await standstills.watch("the quick one", Promise.resolve());
  const slow = Promise.withResolvers<string>();
  const watched = standstills.watch("the slow one", slow.promise);
  while (!standstills.since(began).some((line) => /the slow one is under way/.test(line))) {
    await delay(LIMIT);
  }
  slow.resolve("its result");
  assert.equal(await watched, "its result");
  const lines = standstills.since(began).join("\n");
  assert.match(lines, /the slow one: its threads: /);
  assert.match(lines, /the slow one took \d+ ms/);
  assert.doesNotMatch(lines, /the quick one|is under way/);
  assert.doesNotMatch(standstills.since(Date.now() + 1).join("\n"), /the slow one/);
  standstills.stop();
});

test("a process that is busy itself is told of, and what the runtime has worked", () => {
  const standstills = new Standstills([process.pid], LIMIT);
  const began = Date.now();
  while (Date.now() - began <= 2 * LIMIT);
  const lines = standstills.since(began);
  assert.match(lines.join("\n"), /the test's own process did nothing else for \d+ ms/);
  if (process.platform === "linux") {
    assert.match(
      lines[0] ?? "",
      /^the runtime: [\d.]+ s of processor in \d+ ms; its threads: \S+ R/,
    );
  }
  standstills.stop();
});
