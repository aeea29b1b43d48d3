// What the router's entries add to a Worker, minified and gzipped: the figures in the README's table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { bundle } from "../../support/miniflare.ts";

const ENTRIES = {
  "dormouse-io/router": "createRouter, Controller, actionsOf",
  "dormouse-io/router/session": "createSessions, objectStore",
};
const README = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
/** The README rounds. */
const TOLERANCE = 0.3;

const SERVER = 'import { createServer } from "dormouse-io";\nexport { createServer };\n';

const bundled = (more = "") => bundle({ source: SERVER + more }, { minify: true });
const kibibytes = (code: string) => gzipSync(code).byteLength / 1024;

let alone: string;
before(async () => {
  alone = await bundled();
});

/** Texts of code: a bundle has them if it has the code. */
const SIGNS = {
  router: ["connectionMiddleware", "next() called multiple times"],
  folders: ["must export a middleware"],
  // The second: what ids of sessions are made of.
  sessions: ["iron-session", "`session of "],
};

function assertSigns(code: string, there: readonly string[], absent: readonly string[]): void {
  for (const sign of there) assert.ok(code.includes(sign), sign);
  for (const sign of absent) assert.ok(!code.includes(sign), sign);
}

test("a Worker that imports no layer has nothing of them", () => {
  assertSigns(alone, [], Object.values(SIGNS).flat());
});

test("the router alone has nothing of sessions, nor of egg's folders where they are not read", async () => {
  const router = await bundled('export { createRouter } from "dormouse-io/router";');
  assertSigns(router, SIGNS.router, [...SIGNS.folders, ...SIGNS.sessions]);
});

test("where all is imported, all is there", async () => {
  const all = await bundled(
    'export * from "dormouse-io/router"; export * from "dormouse-io/router/session";',
  );
  assertSigns(all, Object.values(SIGNS).flat(), []);
});

for (const [entry, names] of Object.entries(ENTRIES)) {
  test(`${entry} costs what the README says`, async (t) => {
    const added =
      kibibytes(await bundled(`export { ${names} } from "${entry}";`)) - kibibytes(alone);
    t.diagnostic(`${entry}: ${added.toFixed(1)} KiB`);
    const said = README.match(new RegExp(`\`${entry}\` \\|[^|]*\\| ([\\d.]+) KiB`))?.[1];
    assert.ok(said !== undefined, `${entry} is not in the README's table`);
    assert.ok(Math.abs(added - Number(said)) < TOLERANCE, `${added.toFixed(1)} KiB, not ${said}`);
  });
}
