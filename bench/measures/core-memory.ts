import type { Size } from "../report/results.ts";
import { createCore, joinNamespace, NOW } from "./core-session.ts";

const CONNECTIONS = 10_000;
const NAMESPACES = ["/", "/chat"];
/** As long as the ids that the hosts make. */
const ID_LENGTH = 20;

/**
 * Wasm memory that a connection takes in the core: two namespaces, and in each of them three rooms,
 * its own one included. The core's tables grow by doubling, so other counts give other figures.
 */
export function measureCoreMemory(): Size {
  const core = createCore();
  const namespaces = NAMESPACES.map((name) => core.addNamespace(name));
  const before = core.memorySize;
  for (let number = 0; number < CONNECTIONS; number += 1) {
    const connection = core.handleOpen(NOW, 4, createId("c", number));
    core.pollEffects();
    for (const namespace of namespaces) {
      const session = joinNamespace(core, connection, namespace, createId("s", number));
      core.join(session, `room ${number % 50}`);
      core.join(session, `group ${number % 7}`);
    }
    core.pollChanged();
  }
  const bytes = (core.memorySize - before) / CONNECTIONS;
  return { id: "core-memory", title: "core memory per connection, 10,000 of them", bytes };
}

function createId(prefix: string, number: number): string {
  return `${prefix}${number}`.padEnd(ID_LENGTH, "x");
}
