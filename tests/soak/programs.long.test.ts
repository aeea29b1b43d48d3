// Random programs on sleeping objects, compared with `socket.io`. `DORMOUSE_SOAK_SEED` repeats a run.
import { after, before, test } from "node:test";
import { type RunningWorker, startWorker } from "../support/miniflare.ts";
import { runOnOracle, runOnWorker } from "./programs.places.ts";
import { makeProgram } from "./programs.ts";
import { Random } from "./random.ts";

const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? Date.now() % 2 ** 31);
const PROGRAMS = Number(process.env.DORMOUSE_SOAK_PROGRAMS ?? 8);
const STEPS = 40;
let worker: RunningWorker;

before(async () => {
  worker = await startWorker({
    entry: new URL("programs.worker.ts", import.meta.url),
    classes: { SINGLE: "Single", SPREAD: "Spread", RECOVERING: "Recovering" },
    compatibilityFlags: ["nodejs_compat"],
  });
});

after(() => worker.stop());

const PLACES = {
  SINGLE: "an object",
  SPREAD: "shards, some of which end",
  RECOVERING: "shards, some of which end, and clients come back to any of them",
} as const;

for (const [key, where] of Object.entries(PLACES)) {
  const binding = key as keyof typeof PLACES;
  const settings = { isSpread: binding !== "SINGLE", recovers: binding === "RECOVERING" };
  for (let number = 0; number < PROGRAMS; number++) {
    test(`a random program on ${where}, seed ${seed + number}`, async () => {
      const program = makeProgram(new Random(seed + number), STEPS, settings);
      const expected = await runOnOracle(program, settings);
      const server = `${binding} ${seed + number}`;
      await runOnWorker({ worker, binding, server }, program, expected);
    });
  }
}
