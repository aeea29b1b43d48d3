/** One connection for the whole page, as long as a component wants it. */
import { useEffect, useState } from "react";
import { io, type Socket } from "socket.io-client";
import type { FromClient, ToClient } from "../src/events.ts";

const name = new URLSearchParams(location.search).get("name") ?? "somebody";

export const socket: Socket<ToClient, FromClient> = io({
  autoConnect: false,
  transports: ["websocket"],
  auth: { name },
});

/** What the connection is doing, in words. */
export function useStatus(): string {
  const [status, setStatus] = useState("connecting …");
  useEffect(() => {
    const connected = async (): Promise<void> => {
      const people = await socket.emitWithAck("count");
      setStatus(`connected as ${name}, ${people} here`);
    };
    const failed = (error: Error): void => setStatus(error.message);
    const gone = (reason: string): void => setStatus(`disconnected: ${reason}`);
    socket.on("connect", connected).on("connect_error", failed).on("disconnect", gone);
    socket.connect();
    return () => {
      socket.off("connect", connected).off("connect_error", failed).off("disconnect", gone);
      socket.disconnect();
    };
  }, []);
  return status;
}
