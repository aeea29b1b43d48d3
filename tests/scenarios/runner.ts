/** Runs scenarios against a server and compares what was seen with what the oracle shows. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { whyNotFor } from "./harness/client-kinds.ts";
import { ClientContext, type Observation } from "./harness/context.ts";
import type { ServerUnderTest } from "./harness/server-under-test.ts";
import type { Scenario } from "./scenario.ts";
import { oracle } from "./servers/oracle.ts";

/** Scenarios under way at the same time: enough to hide their waiting, few enough for two cores. */
const CONCURRENCY = 6;

/** Runs one scenario; its own expectations hold if this resolves. */
export async function observe(
  server: ServerUnderTest,
  scenario: Scenario,
  clients = server.clients,
): Promise<Observation> {
  const running = await server.start(scenario);
  const context = new ClientContext(running, clients);
  const began = Date.now();
  try {
    await scenario.client(context);
    if (context.hasCut && whyNotFor("polling", scenario.name) === undefined) {
      throw new Error("it cuts a WebSocket, which client-kinds.ts has to tell");
    }
    return await context.finish();
  } catch (error) {
    const heard = `on ${server.name}; last heard: ${context.lastHeard()}`;
    throw withLines(error, [heard, ...(running.stoodStill?.(began) ?? [])]);
  } finally {
    context.dispose();
    await running.stop();
  }
}

/** Registers one test per scenario: its expectations hold, and the reference shows the same. */
export function compare(
  server: ServerUnderTest,
  list: readonly Scenario[],
  reference: ServerUnderTest = oracle,
): void {
  const { clients = "websocket", concurrency = CONCURRENCY } = server;
  describe(`scenarios on ${server.name}`, { concurrency }, () => {
    after(() => server.dispose());
    for (const scenario of list.filter((candidate) => server.accepts(candidate))) {
      if (whyNotFor(clients, scenario.name) !== undefined) continue;
      test(scenario.name, async () => {
        const [actual, expected] = await Promise.all([
          observe(server, scenario),
          observe(reference, scenario, clients),
        ]);
        assert.deepEqual(actual, expected);
      });
    }
  });
}

/** The oracle runs beside each server, so a failure says on which of them it was. */
function withLines(error: unknown, lines: readonly string[]): Error {
  const said = error instanceof Error ? error.message : String(error);
  return new Error([said, ...lines].join("\n"), { cause: error });
}
