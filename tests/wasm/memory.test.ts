// What an idle client costs in the core's memory, measured where it counts: in core.wasm.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as EffectKind from "../../glue/core/abi/effect-kind.gen.ts";
import { Core } from "../../glue/core/core.ts";

const WASM = fileURLToPath(new URL("../../wasm/core.wasm", import.meta.url));
const module = new WebAssembly.Module(readFileSync(WASM));

const NAMESPACES = ["/", "/chat"];
const ROOMS_PER_SESSION = 3;

/** Text like an id: 20 characters that say nothing. */
function id(number: number): string {
  return Buffer.from(`${number * 7919}-${number}-id`.padEnd(15, "x"))
    .toString("base64url")
    .slice(0, 20);
}

function joinClient(core: Core, client: number): void {
  const connection = core.handleOpen(0, 4, id(client));
  for (const [place, name] of NAMESPACES.entries()) {
    core.handleText(0, connection, place === 0 ? "40" : `40${name},`);
    const asked = core.pollEffects().find((effect) => effect.kind === EffectKind.connect);
    assert.ok(asked);
    core.assign(asked.session, asked.namespace, id(client * 2 + place + 1_000_000));
    core.admit(asked.session, "");
    for (let room = 0; room < ROOMS_PER_SESSION; room++) {
      core.join(asked.session, `room ${room} of ${client % 100}`);
    }
  }
  core.pollChanged();
}

/** Bytes for each client beyond the first hundred. */
function bytesPerClient(clients: number): number {
  const core = new Core(module, { maxConnections: clients });
  for (const name of NAMESPACES) core.addNamespace(name);
  for (let client = 0; client < 100; client++) joinClient(core, client);
  const before = core.memorySize;
  for (let client = 100; client < clients; client++) joinClient(core, client);
  return (core.memorySize - before) / (clients - 100);
}

test("an idle client in 2 namespaces and 6 rooms takes less than 1.2 KB of the core", () => {
  const bytes = bytesPerClient(8000);
  assert.ok(bytes > 100, `${bytes}: nothing was measured`);
  assert.ok(bytes < 1200, `${bytes} bytes`);
});

test("clients that come and go leave nothing behind", () => {
  const core = new Core(module, {});
  core.addNamespace("/");
  const comeAndGo = (): void => {
    for (let client = 0; client < 500; client++) {
      const connection = core.handleOpen(0, 4, id(client));
      core.handleText(0, connection, "40");
      const asked = core.pollEffects().find((effect) => effect.kind === EffectKind.connect);
      assert.ok(asked);
      core.assign(asked.session, asked.namespace, id(client));
      core.admit(asked.session, "");
      core.join(asked.session, "room ".repeat(1 + (client % 50)));
      core.handleClose(connection, 2);
      core.release(asked.session);
    }
  };
  comeAndGo();
  const before = core.memorySize;
  for (let round = 0; round < 20; round++) comeAndGo();
  assert.equal(core.memorySize, before);
});
