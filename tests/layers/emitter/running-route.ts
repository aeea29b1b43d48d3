/** A Worker with the route, its objects, and plain requests to it. Who imports this has one as long as its tests run. */
import { after, before } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { FreshObjects } from "../../support/fresh-objects.ts";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";

export const SECRET = "whsec_c2VjcmV0IG9mIHRoZXNlIHRlc3Rz";
export const NEW_SECRET = "a new secret, in letters: ü";

export let worker: RunningWorker;

before(async () => {
  worker = await startWorker({
    entry: new URL("route.worker.ts", import.meta.url),
    classes: { CHAT: "Chat" },
    bindings: { SECRET, NEW_SECRET },
    compatibilityFlags: ["nodejs_als"],
  });
});

after(() => worker.stop());

export const objects = new FreshObjects(() => worker.url);
/** That of the newest object. */
export let name = "";

/** Clients of a new object, each in the rooms given. */
export async function join(...rooms: string[][]): Promise<ClientSocket[]> {
  const clients = await objects.join(...rooms);
  name = objects.name;
  return clients;
}

export async function post(headers: Record<string, string>, body: string, path = "/emit") {
  const response = await fetch(worker.url + path, { method: "POST", headers, body });
  return {
    status: response.status,
    text: (await response.text()).trim(),
    headers: response.headers,
  };
}

/** What a client is sent, in its order, until the event `end`. */
export function heardBy(client: ClientSocket | undefined): Promise<unknown[][]> {
  const heard: unknown[][] = [];
  return new Promise((resolve) => {
    client?.onAny((...event: unknown[]) => {
      if (event[0] === "end") resolve(heard);
      else heard.push(event.map((item) => (item instanceof Uint8Array ? [...item] : item)));
    });
  });
}
