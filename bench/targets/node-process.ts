import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { RunningServer } from "./target.ts";

/** Path and query of a Socket.IO client that starts on WebSocket. */
export const SOCKET_IO_PATH = "/socket.io/?EIO=4&transport=websocket";

/** Starts a Node server from the module `name` of this directory in its own process. */
export async function startNodeServer(name: string): Promise<RunningServer> {
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), {
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exit = once(child, "exit");
  const failed = exit.then(([code]) => {
    throw new Error(`${name} ended with ${code}`);
  });
  failed.catch(() => {});
  const [port] = (await Promise.race([once(child, "message"), failed])) as [number];
  if (child.pid === undefined) throw new Error(`${name} has no process`);
  return {
    endpoint: {
      url: `ws://127.0.0.1:${port}${SOCKET_IO_PATH}`,
      protocol: "socket.io",
      pid: child.pid,
    },
    async stop() {
      child.kill();
      await exit;
    },
  };
}
