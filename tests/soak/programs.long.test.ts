// Random programs on sleeping objects, compared with `socket.io`. `DORMOUSE_SOAK_SEED` repeats a run.
import { after, before, test } from "node:test";
import { type RunningWorker, startWorker } from "../support/miniflare.ts";
import { makeProgram, runOnOracle, runOnWorker } from "./programs.ts";
import { Random } from "./random.ts";

const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? Date.now() % 2 ** 31);
const PROGRAMS = 8;
const STEPS = 40;
let worker: RunningWorker;

before(async () => {
  worker = await startWorker({
    entry: new URL("programs.worker.ts", import.meta.url),
    classes: { SINGLE: "Single", SPREAD: "Spread" },
    compatibilityFlags: ["nodejs_compat"],
  });
});

after(() => worker.stop());

for (const isSpread of [false, true]) {
  for (let number = 0; number < PROGRAMS; number++) {
    const where = isSpread ? "shards, some of which end" : "an object";
    test(`a random program on ${where}, seed ${seed + number}`, async () => {
      const program = makeProgram(new Random(seed + number), STEPS, isSpread);
      const expected = await runOnOracle(program);
      const server = `${isSpread ? "spread" : "single"} ${seed + number}`;
      await runOnWorker(worker, { server, isSpread, program, expected });
    });
  }
}
