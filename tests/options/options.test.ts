// docs/options.md, sentence by sentence, on every host: its real dev server, real requests and
// WebSockets, headers as they come over the wire.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { HOSTS, type Host } from "./hosts.ts";
import type { Rules } from "./rule.ts";
import { ALLOW_REQUEST } from "./rules/allow-request.ts";
import { CONNECTIONS } from "./rules/connections.ts";
import { CORS } from "./rules/cors.ts";
import { HEADERS } from "./rules/headers.ts";
import { RECOVERY } from "./rules/recovery.ts";
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
};
/** Rules under way at the same time: most only wait. */
const CONCURRENCY = 4;

for (const [name, start] of Object.entries(HOSTS)) {
  describe(name, { concurrency: CONCURRENCY }, () => {
    let host: Host;
    before(async () => {
      host = await start();
    });
    after(() => host?.stop());

    for (const [option, rules] of Object.entries(RULES)) {
      for (const { says, not, check } of rules) {
        if (not?.[name as HostName] !== undefined) continue;
        test(`${option}: ${[says].flat().join(" ")}`, () => check(host));
      }
    }
  });
}

const page = readFileSync(new URL("../../docs/options.md", import.meta.url), "utf8");

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
