// docs/options.md, sentence by sentence, on every host: its real dev server, real requests and
// WebSockets, headers as they come over the wire.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { HOSTS, type Host } from "./hosts.ts";
import { endNight, nightOf } from "./night.ts";
import type { Rules } from "./rule.ts";
import { ALLOW_REQUEST } from "./rules/allow-request.ts";
import { CONNECTIONS } from "./rules/connections.ts";
import { CORS } from "./rules/cors.ts";
import { EXTENSIONS } from "./rules/extensions.ts";
import { HEADERS } from "./rules/headers.ts";
import { NODE } from "./rules/node.ts";
import { RECOVERY } from "./rules/recovery.ts";
import { SLEEP } from "./rules/sleep.ts";
import { TIMES } from "./rules/times.ts";
import { TRANSPORTS } from "./rules/transports.ts";
import type { HostName } from "./servers.ts";

const RULES: Rules = {
  ...CONNECTIONS,
  ...TIMES,
  ...CORS,
  ...ALLOW_REQUEST,
  ...HEADERS,
  ...RECOVERY,
  ...TRANSPORTS,
  ...SLEEP,
  ...EXTENSIONS,
  ...NODE,
};
/** Rules under way at the same time: most only wait. */
const CONCURRENCY = 4;
const HOSTS_AT_A_TIME = 2;

// Most of the time passes while the night does.
describe("docs/options.md", { concurrency: HOSTS_AT_A_TIME }, () => {
  for (const [name, start] of Object.entries(HOSTS)) {
    describe(name, { concurrency: CONCURRENCY }, () => testHost(name as HostName, start));
  }
});

function testHost(name: HostName, start: () => Promise<Host>): void {
  let host: Host;
  before(async () => {
    host = await start();
    // Meanwhile all the others can be looked at.
    nightOf(host).catch(() => {});
  });
  after(async () => {
    await endNight(host).catch(() => {});
    await host?.stop();
  });

  for (const [option, rules] of Object.entries(RULES)) {
    for (const { says, not, check } of rules) {
      if (not?.[name] !== undefined) continue;
      test(`${option}: ${[says].flat().join(" ")}`, () => check(host));
    }
  }
}

const page = readFileSync(new URL("../../docs/options.md", import.meta.url), "utf8");

test("every option of the page has its rules, and no other", () => {
  const options = [...page.matchAll(/^## `(\w+)`$/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(RULES).sort(), options.sort());
});

for (const [option, rules] of Object.entries(RULES)) {
  test(`${option}: every sentence of the page is here, and no other`, () => {
    const here = rules.flatMap(({ says }) => says);
    assert.deepEqual([...here].sort(), sentencesOf(option).sort());
  });
}

/** The prose of an option's section. */
function sentencesOf(option: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`\`${option}\`\n`)) ?? "";
  const prose = section
    .slice(section.indexOf("\n"))
    .replace(/```[\s\S]*?```/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return prose.split(/(?<=\.) (?=[A-Z`])/);
}
