/** A server that sleeps by itself, and what is told of why it does not. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { ServerOptions } from "../../../glue/socket.io/server/options.ts";
import type { Server } from "../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../glue/socket.io/server/socket.ts";
import { type InMemoryClient, InMemoryServer } from "../../support/in-memory.ts";

export const settle = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

/** The host of these tests sleeps by itself. */
export class SleepyServer extends InMemoryServer {
  declare readonly sleeps: true;
}
Object.defineProperty(SleepyServer.prototype, "sleeps", { value: true });

/** A host that keeps nothing of clients, as Node's does: it sleeps when it is told to. */
export class WakefulServer extends InMemoryServer {}
Object.defineProperty(WakefulServer.prototype, "save", { value: undefined });

export interface Made {
  server: SleepyServer;
  client: InMemoryClient;
  warnings: string[];
  reasons(): string[];
}

/** With one client. `register`: the connection listener; `prepare`: what `setup` does before. */
export async function make(
  t: TestContext,
  register: (socket: Socket) => unknown,
  options: ServerOptions = {},
  prepare: (io: Server) => void = () => {},
): Promise<Made> {
  const warnings: string[] = [];
  t.mock.method(console, "warn", (text: string) => warnings.push(text));
  const server = new SleepyServer((io) => {
    prepare(io);
    io.on("connection", (socket) => {
      socket.on("nothing", () => {});
      return register(socket) as undefined;
    });
  }, options);
  t.after(() => server.io._sleep.reasons.clear());
  const client = server.connect();
  for (let i = 0; i < 3; i++) await settle();
  const reasons = (): string[] => server.io.awakeReasons.map(({ what }) => what);
  return { server, client, warnings, reasons };
}

/** Its client's event `act` leaves what a sleep would lose, of which the reason says `name`; nothing was before. */
export async function loses(made: Made, name: string): Promise<void> {
  const { server, client, warnings, reasons } = made;
  assert.deepEqual([reasons(), server.runtime.keeper.isWaiting], [[], false]);
  client.emit('42["act"]');
  for (let i = 0; i < 3; i++) await settle();
  // Before anybody asks.
  assert.equal(server.runtime.keeper.isHeld, true);
  assert.deepEqual(reasons(), [name]);
  assert.equal(warnings.length, 1);
  assert.ok(warnings[0]?.includes(`${name} of `));
}
