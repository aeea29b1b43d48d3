// What `perf script` prints is counted by the Worker's functions, however V8 has compiled them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { countFunctions, readStacks } from "../../bench/report/stacks.ts";

const SAMPLES = `workerd 1 1.0:  50000 cpu-clock:u:
\t    55f1 v8::internal::JsonParse+0x10 (/bin/workerd)
\t    7f01 JS:+'#take worker.js:40:7 (/tmp/perf-1.map)
\t    7f02 JS:^endTurn worker.js:30:7 (/tmp/perf-1.map)
\t    55f2 kj::run(int)+0x1c (/bin/workerd)

workerd 1 1.1:  50000 cpu-clock:u:
\t    7f03 JS:~endTurn worker.js:30:7 (/tmp/perf-1.map)
\t    7f04 JS:* worker.js:9:1 (/tmp/perf-1.map)

workerd 1 1.2:  50000 cpu-clock:u:
\t    7f05 JS:wasm-function[12]-12-liftoff (/tmp/perf-1.map)
\t    7f04 JS:* worker.js:9:1 (/tmp/perf-1.map)

workerd 1 1.3:  50000 cpu-clock:u:
\t    55f3 epoll_wait+0x1 (/lib/libc.so.6)
`;

test("functions by themselves and with what they call; what is outside of all is the platform's", () => {
  const { functions, platform, counted } = countFunctions(readStacks(SAMPLES));
  assert.deepEqual([platform, counted], [1, 4]);
  assert.deepEqual(
    Object.fromEntries(functions.map(({ name, self, inclusive }) => [name, [self, inclusive]])),
    {
      "#take": [1, 1],
      endTurn: [1, 2],
      "(a function without a name)": [0, 2],
      "wasm-function[12]-12-liftoff": [1, 1],
    },
  );
});

test("under a function, nothing is counted but what it calls", () => {
  const { functions, platform, counted } = countFunctions(readStacks(SAMPLES), "endTurn");
  assert.deepEqual([platform, counted], [0, 2]);
  assert.deepEqual(functions.map(({ name }) => name).toSorted(), [
    "#take",
    "(a function without a name)",
    "endTurn",
  ]);
});
