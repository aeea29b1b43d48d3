// data: { durability: "strict" } in the parties' dev servers, killed while clients are told: they find it again.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  type DevServer,
  makeProject,
  startPartyKit,
  startWrangler,
} from "../../../support/dev-server.ts";
import { assertIsThere, type Known, type Place, play } from "../../../support/winners.ts";

const WINNERS = fileURLToPath(new URL("../../../support/winners.worker.ts", import.meta.url));

const HOUR = 3_600_000;
const STRICT = { data: { durability: "strict" }, pingInterval: HOUR, pingTimeout: HOUR };
const OPTIONS: Record<string, object> = {
  main: STRICT,
  awake: { ...STRICT, hibernate: false },
};
const PARTIES = Object.keys(OPTIONS);

interface Kind {
  readonly make: () => Promise<string>;
  readonly start: (folder: string) => Promise<DevServer>;
}

const KINDS: Record<string, Kind> = {
  partykit: {
    make: () =>
      makeProject("partykit", (folder) => ({
        ...Object.fromEntries(PARTIES.map((party) => [`${party}.ts`, sourceOf("partykit", party)])),
        "partykit.json": {
          name: "winners",
          main: "main.ts",
          parties: { awake: `${folder}/awake.ts` },
          compatibilityDate: "2024-07-18",
          build: { alias: { "dormouse-io/partykit": `${folder}/dormouse.js` } },
        },
      })),
    start: startPartyKit,
  },
  partyserver: {
    make: () =>
      makeProject("partyserver", (folder) => ({
        ...Object.fromEntries(
          PARTIES.map((party) => [`${party}.ts`, sourceOf("partyserver", party)]),
        ),
        "index.ts": `
          import { routePartykitRequest } from "partyserver";
          export { default as main } from "./main.ts";
          export { default as awake } from "./awake.ts";
          export default { fetch: (request, env) => routePartykitRequest(request, env) };`,
        "wrangler.json": {
          name: "winners",
          main: "index.ts",
          compatibility_date: "2026-11-01",
          compatibility_flags: ["nodejs_als"],
          alias: { "dormouse-io/partyserver": `${folder}/dormouse.js` },
          durable_objects: { bindings: PARTIES.map((name) => ({ name, class_name: name })) },
          migrations: [{ tag: "v1", new_sqlite_classes: PARTIES }],
        },
      })),
    start: startWrangler,
  },
};

function sourceOf(entry: string, party: string): string {
  return `
    import { createServer } from "dormouse-io/${entry}";
    import { playWinners } from ${JSON.stringify(WINNERS)};
    export default class extends createServer(${JSON.stringify(OPTIONS[party])}, playWinners) {}`;
}

for (const [name, { make, start }] of Object.entries(KINDS)) {
  test(`killed while clients are told, strict: ${name}`, async () => {
    const folder = await make();
    const first = await start(folder);
    after(() => first.stop());
    const places = ({ url }: DevServer): Place[] =>
      PARTIES.map((party) => ({ url, prefix: `/parties/${party}/a` }));
    const known = await Promise.all(places(first).map(play));
    await first.kill();
    await assert.rejects(fetch(first.url));
    const second = await start(folder);
    after(() => second.stop());
    for (const [number, place] of places(second).entries()) {
      await assertIsThere(place, known[number] as Known);
    }
  });
}
