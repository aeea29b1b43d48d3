// PartyServer: rooms, sleep, options, the application's own handlers, on `wrangler dev`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { makeProject, startWrangler } from "../../support/dev-server.ts";
import { testParties } from "../../support/party-suite.ts";

const SERVER = fileURLToPath(new URL("server.worker.ts", import.meta.url));
const classes = ["Main", "Strict", "Sleepy", "Wakeful", "Patient", "Shared"];

const server = testParties("partyserver", async () => {
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
});

test("onStart gets the props of routePartykitRequest, whoever comes first", async () => {
  const { url } = server();
  const { io } = await import("socket.io-client");
  const path = "/parties/shared/props/socket.io/";
  const socket = io(url, { path, transports: ["websocket"], forceNew: true });
  await new Promise((resolve) => socket.emit("echo", resolve));
  const answer = (await (await fetch(`${url}/parties/shared/props`)).json()) as { props: unknown };
  assert.deepEqual(answer.props, { from: "the Worker" });
  socket.close();
});
