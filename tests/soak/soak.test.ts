/**
 * The short form of the soak. `npm run soak` is the long one: `DORMOUSE_SOAK` is its duration in
 * seconds, `DORMOUSE_SOAK_SEED` repeats a run.
 */
import { test } from "node:test";
import { Soak } from "./soak.ts";

const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? Date.now() % 2 ** 31);
const seconds = Number(process.env.DORMOUSE_SOAK ?? 0);

const short = { seed, clients: 60, rooms: 10, duration: 20_000 };
const long = { seed, clients: 1_000, rooms: 50, duration: seconds * 1_000 };

test(`random clients and sleeps against a model, seed ${seed}`, async (context) => {
  const report = await Soak.run(seconds > 0 ? long : short);
  context.diagnostic(JSON.stringify(report));
});
