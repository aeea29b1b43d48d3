// Workers under test: one that does not start keeps neither its runtime nor the test's process.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";

const MINIFLARE = new URL("miniflare.ts", import.meta.url).href;

test("a process whose Worker does not start comes to its end by itself", async () => {
  const source = 'export class Room {}\nthrow new Error("a Worker that does not start");';
  const options = { entry: { source }, classes: { Room: "Room" } };
  const program = `
    import { startWorker } from ${JSON.stringify(MINIFLARE)};
    await startWorker(${JSON.stringify(options)}).then(
      () => console.log("started"),
      () => console.log("refused"),
    );`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  await once(child, "close");
  assert.equal(output, "refused\n");
});
