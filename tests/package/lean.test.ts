// The least that is deployed: the library as it is packed, with short names, and every part left out that can be.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CHAT } from "../scenarios/apps/chat.scenarios.ts";
import { ACKS } from "../scenarios/groups/acks.scenarios.ts";
import { ROOMS } from "../scenarios/groups/rooms.scenarios.ts";
import { compare } from "../scenarios/runner.ts";
import { workerd } from "../scenarios/servers/workerd.ts";
import { findCode, ROOT } from "../support/pages.ts";

assert.ok(existsSync(join(ROOT, "dist")), "there is no dist/: run `npm run build`");

const constants = findCode("docs/size.md", "toml", "[define]").matchAll(/^(\w+) = "(\w+)"$/gm);
const define = Object.fromEntries(Array.from(constants, ([, name, value]) => [name, value]));
assert.ok("DORMOUSE_RECOVERY" in define);

const ordinary = [...CHAT, ...ROOMS, ...ACKS].filter(({ options }) => options === undefined);
compare(workerd({ evict: true, list: ordinary, define, isPacked: true }), ordinary);
