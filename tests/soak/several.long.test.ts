// Clients in several namespaces that are lost and come back, against a model. `DORMOUSE_SOAK_SEED` repeats a run.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type RunningWorker, startWorker } from "../support/miniflare.ts";
import { Random } from "./random.ts";
import { type Binding, SeveralNamespaces } from "./several.ts";

const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? Date.now() % 2 ** 31);
const PROGRAMS = Number(process.env.DORMOUSE_SOAK_PROGRAMS ?? 8);
const STEPS = 40;
const folder = mkdtempSync(join(tmpdir(), "soak-several-"));
let worker: RunningWorker;

async function start(): Promise<void> {
  worker = await startWorker({
    entry: new URL("several.worker.ts", import.meta.url),
    classes: { PLAIN: "Plain", STRICT: "Strict", SPREAD: "Spread" },
    compatibilityFlags: ["nodejs_compat"],
    persist: folder,
  });
}

async function kill(): Promise<void> {
  await worker.kill();
  await start();
}

before(start);
after(async () => {
  await worker.stop();
  rmSync(folder, { recursive: true });
});

for (const binding of (process.env.DORMOUSE_SOAK_ONLY?.split(",") ?? [
  "PLAIN",
  "STRICT",
  "SPREAD",
]) as Binding[]) {
  for (let number = 0; number < PROGRAMS; number++) {
    test(`several namespaces over one connection, ${binding}, seed ${seed + number}`, async (t) => {
      const server = `${binding} ${seed + number}`;
      const place = { worker: () => worker, binding, server, kill };
      const program = new SeveralNamespaces(place, new Random(seed + number));
      await program.run(STEPS);
      t.diagnostic(JSON.stringify(program.report));
    });
  }
}
