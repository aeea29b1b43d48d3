/** `socket.io` for frameworks that make their own server: it is the object's. */
import { AsyncLocalStorage } from "node:async_hooks";

export const made = new AsyncLocalStorage();

/** `new Server(…)` gives the server of the object whose `setup` runs. */
export function Server() {
  return made.getStore();
}
