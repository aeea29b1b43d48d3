/** Ports for servers that have to say which one they want, or that start again where they were. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below those that systems give away by themselves: whatever connects or starts meanwhile gets none of them. */
const PORTS = { first: 20_000, count: 12_000 };

/** A port that is free now. */
export function findPort(): Promise<number> {
  const port = PORTS.first + randomInt(PORTS.count);
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(findPort()));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(port)));
  });
}
