// What layers add that have no such test beside their own: minified and gzipped, the figures in the README's table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { bundle } from "../support/miniflare.ts";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
/** The README rounds. */
const TOLERANCE = 0.3;
const SERVER = 'export { createServer } from "dormouse-io";\n';

interface Cost {
  /** What is there anyway. */
  without: string;
  names: string;
  entry: string;
  /** Where the README says it. */
  said: RegExp;
}

const COSTS: Record<string, Cost> = {
  "dormouse-io/emitter in a Worker without a server": {
    without: "",
    names: "emitter",
    entry: "emitter",
    said: /`dormouse-io\/emitter` \|[^|]*\| ([\d.]+) KiB/,
  },
  "its route alone": {
    without: "",
    names: "routeEmitter",
    entry: "emitter",
    said: /the route alone ([\d.]+) KiB/,
  },
  "dormouse-io/admin": {
    without: SERVER,
    names: "instrument",
    entry: "admin",
    said: /`dormouse-io\/admin` \|[^|]*\| ([\d.]+) KiB/,
  },
  "dormouse-io/stats": {
    without: SERVER,
    names: "estimateBill",
    entry: "stats",
    said: /`dormouse-io\/stats` \|[^|]*\| ([\d.]+) KiB/,
  },
};

async function kibibytes(source: string): Promise<number> {
  if (source === "") return 0;
  return gzipSync(await bundle({ source }, { minify: true })).byteLength / 1024;
}

for (const [what, { without, names, entry, said }] of Object.entries(COSTS)) {
  test(`${what} costs what the README says`, async (t) => {
    const source = `${without}export { ${names} } from "dormouse-io/${entry}";\n`;
    const added = (await kibibytes(source)) - (await kibibytes(without));
    t.diagnostic(`${what}: ${added.toFixed(1)} KiB`);
    const number = README.match(said)?.[1];
    assert.ok(number !== undefined, `${what} is not in the README's table`);
    assert.ok(Math.abs(added - Number(number)) < TOLERANCE, `${added.toFixed(1)}, not ${number}`);
  });
}
