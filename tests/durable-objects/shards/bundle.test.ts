// What shards add to a Worker, minified and gzipped, is what their page says; where they are not imported it is nothing.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { bundle } from "../../support/miniflare.ts";

const PAGE = readFileSync(new URL("../../../docs/scaling.md", import.meta.url), "utf8");
/** The page rounds. */
const TOLERANCE = 0.3;

const SERVER =
  'import { createServer, routeSocketIO } from "dormouse-io";\nexport { createServer, routeSocketIO };\n';
const bundled = (more = "") => bundle({ source: SERVER + more }, { minify: true });
const kibibytes = (code: string) => gzipSync(code).byteLength / 1024;

test("shards cost what their page says, and nothing where they are not imported", async (t) => {
  const alone = await bundled();
  const all = await bundled('export { shards } from "dormouse-io/shards";');
  for (const sign of ["a part that no shard sends", "shards need objects"]) {
    assert.ok(all.includes(sign), sign);
    assert.ok(!alone.includes(sign), sign);
  }
  const added = kibibytes(all) - kibibytes(alone);
  t.diagnostic(`${added.toFixed(2)} KiB`);
  const said = PAGE.match(/the import adds ([\d.]+) KiB/)?.[1];
  assert.ok(Math.abs(added - Number(said)) < TOLERANCE, `${added.toFixed(2)} KiB, not ${said}`);
});
