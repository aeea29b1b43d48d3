// PartyServer: rooms, sleep, options, the application's own handlers, on `wrangler dev`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type DevServer, makeProject, startWrangler } from "../../support/dev-server.ts";
import { FALLS_ASLEEP, testParties } from "../../support/party-suite.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

const SERVER = fileURLToPath(new URL("server.worker.ts", import.meta.url));
const classes = ["Main", "Strict", "Sleepy", "Wakeful", "Patient", "Shared", "Brief", "Fields"];

const server = testParties(
  "partyserver",
  async () => {
    const folder = await makeProject("partyserver", (folder) => ({
      "wrangler.json": {
        name: "parties",
        main: SERVER,
        compatibility_date: "2026-11-01",
        compatibility_flags: ["nodejs_als"],
        alias: { "dormouse-io/partyserver": `${folder}/dormouse.js` },
        durable_objects: { bindings: classes.map((name) => ({ name, class_name: name })) },
        migrations: [{ tag: "v1", new_sqlite_classes: classes }],
      },
    }));
    return startWrangler(folder);
  },
  testExpiry,
);

/** Of two that are lost, one in a room that sleeps meanwhile. */
function testExpiry(server: () => DevServer): void {
  for (const isEmpty of [false, true]) {
    const state = isEmpty ? "asleep, with nobody in it" : "awake";
    test(`a session that expires is told of once, in a room that is ${state}`, async () => {
      const path = `/parties/brief/${isEmpty}/socket.io/`;
      const visit = () => connect(server().url, "", { path, reconnection: false });
      const [lost, stays] = [visit(), isEmpty ? undefined : visit()];
      await next(lost, "connect");
      const { id } = lost;
      lost.io.engine.close();
      // Longer than a session is kept, and than it takes to fall asleep.
      await delay(isEmpty ? FALLS_ASLEEP : 1_500);
      const witness = stays ?? visit();
      let told: unknown[] = [];
      while (told.length === 0) [told] = (await ask(witness, "told")) as [unknown[]];
      assert.deepEqual(told, [[id, ["a room", id].sort(), { name: "Ada" }]]);
      witness.close();
    });
  }
}

test("handlers that are fields of the class get the application's requests and alarms, and not ours", async () => {
  const { url } = server();
  const socket = connect(url, "/parties/fields/a");
  assert.deepEqual(await ask(socket, "echo", 1), [1]);
  const alarm = next(socket, "said");
  assert.equal(await (await fetch(`${url}/parties/fields/a`)).text(), "by a field");
  assert.deepEqual(await alarm, ["alarm"]);
  assert.deepEqual(await ask(socket, "echo", 2), [2]);
  socket.close();
});

test("onStart gets the props of routePartykitRequest, whoever comes first", async () => {
  const { url } = server();
  const socket = connect(url, "/parties/shared/props");
  await new Promise((resolve) => socket.emit("echo", resolve));
  const answer = (await (await fetch(`${url}/parties/shared/props`)).json()) as { props: unknown };
  assert.deepEqual(answer.props, { from: "the Worker" });
  socket.close();
});
