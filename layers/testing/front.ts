/** A TCP proxy between clients and the server: whatever a client sends waits until the server has slept. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { ClientFrames } from "./client-frames.ts";

/** A way to a server that does something before each thing that a client does. */
export interface Front {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  close(): Promise<void>;
}

/** What is done around each thing that a client does. */
export interface Around {
  before(): Promise<unknown>;
  /** Until the server has read what was written to it, as far as one can tell. */
  after(): Promise<unknown>;
}

/**
 * Opens a port that leads to the server at `target`. Each thing that a client does (its connecting, a message,
 * its end) goes on between `before` and `after`; one after the other, whoever does it.
 */
export async function openFront(target: URL, around: Around): Promise<Front> {
  const open = new Set<Socket>();
  let last: Promise<unknown> = Promise.resolve();
  const afterwards = (pass: () => void): void => {
    last = last.then(async () => {
      await around.before();
      pass();
      await around.after();
    });
    // A failure is the test's: whoever closes the front is told.
    last.catch(() => {});
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const there = connect({
      host: target.hostname,
      port: Number(target.port),
      allowHalfOpen: true,
    });
    for (const socket of [client, there]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => open.delete(socket));
    }
    const frames = new ClientFrames();
    client.on("data", (chunk) => {
      for (const frame of frames.cut(chunk)) afterwards(() => there.write(frame));
    });
    client.on("end", () => afterwards(() => there.end()));
    client.on("close", () => afterwards(() => there.destroy()));
    there.pipe(client);
    there.on("close", () => client.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await last;
    },
  };
}
