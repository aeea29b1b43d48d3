// docs/options.md has every option, with its default and an example.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { polling } from "../../glue/engine/polling/index.ts";
import { checks, resolveOptions, unsupported } from "../../glue/socket.io/server/options.ts";

const allChecks = { ...checks, ...polling.checks };
const page = readFileSync(new URL("../../docs/options.md", import.meta.url), "utf8");
/** Checked by durable-objects/node/index.ts. */
const NODE_OPTIONS = [
  "destroyUpgrade",
  "destroyUpgradeTimeout",
  "httpCompression",
  "perMessageDeflate",
  "serveClient",
];

test("every option has a section with an example, and no section is about none", () => {
  const sections = page.split(/^## /m).slice(1);
  const names = sections.map((section) => /^`(\w+)`\n/.exec(section)?.[1]).filter(Boolean);
  assert.deepEqual(names.sort(), [...Object.keys(allChecks), ...NODE_OPTIONS].sort());
  for (const name of names) {
    const section = sections.find((candidate) => candidate.startsWith(`\`${name}\``));
    assert.match(section ?? "", new RegExp(`\`\`\`ts\n[^\`]*\\b${name}\\b[^\`]*\`\`\``), name);
  }
});

test("the table gives the defaults", () => {
  for (const [name, value] of Object.entries(resolveOptions())) {
    const [, given] =
      new RegExp(`^\\| \\[\`${name}\`\\]\\(.*?\\) \\| \`(.*?)\``, "m").exec(page) ?? [];
    assert.deepEqual(JSON.parse(given ?? "null"), value, name);
  }
});

test("upstream's other options are listed", () => {
  for (const name of Object.keys(unsupported))
    assert.match(page, new RegExp(`^\\| \`${name}\` \\|`, "m"));
});
