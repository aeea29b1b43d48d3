/** A server with recovery on a storage that counts, and its clients, who come back. */
import type { ServerOptions } from "../../../../glue/socket.io/server/options.ts";
import type { CountedStorage } from "../../../support/counted-storage.ts";
import { type InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

export const settle = () => new Promise((resolve) => setImmediate(resolve));
/** Longer than a write is put off. */
export const WRITTEN = 300;
export const RECOVERY = { maxDisconnectionDuration: 60_000 };

export interface Known {
  sid: string;
  pid: string;
  offset?: string;
}

/** Each client is in a room. */
export function start(
  storage: CountedStorage,
  recovery: ServerOptions["connectionStateRecovery"] = {},
) {
  const connectionStateRecovery = { ...RECOVERY, ...recovery };
  const setup = (io: InMemoryServer["io"]) => io.on("connection", (s) => s.join("room"));
  return new InMemoryServer(setup, { connectionStateRecovery }, [], storage);
}

/** What a client knows that has just come. */
export function meet(client: InMemoryClient): Known {
  const { sid, pid } = JSON.parse(String(client.take()[0]).slice(2));
  return { sid, pid };
}

/** Those of the packets that it was sent. */
export function offsets(client: InMemoryClient): string[] {
  return client.take().map((frame) => JSON.parse(String(frame).slice(2)).at(-1));
}

/** A client that was lost connects again; `missed`: the values that it is sent before the answer. */
export async function comeBack(server: InMemoryServer, { pid, offset }: Known) {
  const client = server.connect("/", { pid, offset });
  await settle();
  const frames = client.take().map((frame) => JSON.parse(String(frame).slice(2)));
  return { client, sid: frames.at(-1).sid, missed: frames.slice(0, -1).map(([, value]) => value) };
}
