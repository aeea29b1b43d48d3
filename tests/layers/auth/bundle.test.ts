// What the helpers' entries add, minified and gzipped: the figures in the README's table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { bundle } from "../../support/miniflare.ts";

/** What is there anyway, and what the entry adds to it. */
const ENTRIES = {
  "dormouse-io/auth": [
    'export { createServer } from "dormouse-io";',
    'export { SocketIOServerHelper } from "dormouse-io/auth";',
  ],
  "dormouse-io/client": [
    'export { io } from "socket.io-client";',
    'export { SocketIOClientHelper } from "dormouse-io/client";',
  ],
} as const;
const README = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
/** The README rounds. */
const TOLERANCE = 0.3;

const bundled = (source: string) => bundle({ source }, { minify: true });
const kibibytes = (code: string) => gzipSync(code).byteLength / 1024;

for (const [entry, [without, more]] of Object.entries(ENTRIES)) {
  test(`${entry} costs what the README says, and nothing where it is not imported`, async (t) => {
    const alone = await bundled(without);
    const both = await bundled(without + more);
    assert.ok(both.includes("unauthenticated"));
    assert.ok(!alone.includes("unauthenticated"));
    const added = kibibytes(both) - kibibytes(alone);
    t.diagnostic(`${entry}: ${added.toFixed(1)} KiB`);
    const said = README.match(new RegExp(`\`${entry}\` \\|[^|]*\\| ([\\d.]+) KiB`))?.[1];
    assert.ok(said !== undefined, `${entry} is not in the README's table`);
    assert.ok(Math.abs(added - Number(said)) < TOLERANCE, `${added.toFixed(1)} KiB, not ${said}`);
  });
}

test("the server's helper has nothing of the client's, and the other way round", async () => {
  const [server, client] = await Promise.all(
    Object.values(ENTRIES).map(([, helper]) => bundled(helper)),
  );
  for (const [sign, its, others] of [
    ["validateRoomFn", server, client],
    ["Authentication requested", client, server],
  ]) {
    assert.ok(its?.includes(sign ?? "") && !others?.includes(sign ?? ""), sign);
  }
});
