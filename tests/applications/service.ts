/** A service beside the server, which answers when it is told to. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a service was asked. */
export interface Question {
  readonly method: string;
  answer(text: string): void;
}

export interface Service {
  readonly url: string;
  /** The next question. */
  next(): Promise<Question>;
  stop(): void;
}

export async function startService(): Promise<Service> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: async () => {
      const [request, response] = (await once(server, "request")) as [
        IncomingMessage,
        ServerResponse,
      ];
      return { method: request.method ?? "", answer: (text) => void response.end(text) };
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
