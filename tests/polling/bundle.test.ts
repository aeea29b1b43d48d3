// What long-polling adds to a Worker, minified and gzipped: the figure in the README's table; and nothing where it
// is not imported.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { bundle } from "../support/miniflare.ts";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
/** The README rounds. */
const TOLERANCE = 0.3;

const SERVER = 'import { createServer } from "dormouse-io";\nexport { createServer };\n';

const POLLING = 'export { polling } from "dormouse-io/polling";';
const bundled = (more = "") => bundle({ source: SERVER + more }, { minify: true });
const kibibytes = (code: string) => gzipSync(code).byteLength / 1024;

let alone: string;
before(async () => {
  alone = await bundled();
});

test("a Worker that does not import it has nothing of it", async () => {
  const all = await bundled(POLLING);
  for (const sign of ["3probe", "SameSite", "text/plain; charset=UTF-8", "JSONP"]) {
    assert.ok(all.includes(sign) && !alone.includes(sign), sign);
  }
});

test("it costs what the README says", async (t) => {
  const all = await bundled(POLLING);
  const added = kibibytes(all) - kibibytes(alone);
  t.diagnostic(`${added.toFixed(1)} KiB`);
  const said = README.match(/`dormouse-io\/polling` \|[^|]*\| ([\d.]+) KiB/)?.[1];
  assert.ok(said !== undefined, "it is not in the README's table");
  assert.ok(Math.abs(added - Number(said)) < TOLERANCE, `${added.toFixed(1)} KiB, not ${said}`);
});
