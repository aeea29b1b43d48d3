// HTTP long-polling on every host, request by request: what is seen is what `socket.io` shows.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { HOSTS, type Host, type HostName, startOracle } from "./hosts.ts";
import type { Rule } from "./rule.ts";
import { ENDINGS } from "./rules/endings.ts";
import { HOSTILE } from "./rules/hostile.ts";
import { OLDER } from "./rules/older.ts";
import { REQUESTS } from "./rules/requests.ts";
import { UPGRADES } from "./rules/upgrades.ts";

const RULES: readonly Rule[] = [...REQUESTS, ...ENDINGS, ...UPGRADES, ...OLDER, ...HOSTILE];
/** Rules under way at the same time: most only wait. */
const CONCURRENCY = 4;

let oracle: Host;
const expected = new Map<Rule, Promise<unknown>>();

before(async () => {
  oracle = await startOracle();
});
after(() => oracle.stop());

/** What `socket.io` shows, seen once. */
function expectedOf(rule: Rule): Promise<unknown> {
  const seen = expected.get(rule) ?? rule.see(oracle);
  expected.set(rule, seen);
  return seen;
}

for (const [name, start] of Object.entries(HOSTS)) {
  describe(name, { concurrency: CONCURRENCY }, () => {
    let host: Host;
    before(async () => {
      host = await start();
    });
    after(() => host?.stop());

    for (const rule of RULES) {
      if (rule.not?.[name as HostName] !== undefined) continue;
      test(rule.name, async () => {
        const [seen, wanted] = await Promise.all([
          rule.see(host),
          rule.expects ?? expectedOf(rule),
        ]);
        assert.deepEqual(seen, wanted);
      });
    }
  });
}
