/** How sessions of clients that poll end. */
import type { Host } from "../hosts.ts";
import { Poller } from "../poller.ts";
import { eventually, type Rule } from "../rule.ts";
import { half } from "./requests.ts";

/** The first answers that a GET gets when its session has ended. */
async function drained(poller: Poller): Promise<unknown[]> {
  const packets = await poller.until((packet) => packet === "1");
  // socket.io puts a noop in front.
  return packets.filter((packet) => packet !== "6");
}

/** How sessions end of which such a body is posted. */
async function endingsBy(host: Host, bodies: readonly string[]): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const body of bodies) {
    const poller = await new Poller(await host.newRoom("usual")).join();
    await poller.post(body).catch(() => {});
    const ending = await eventually(async () => {
      return (await poller.told()).find(([what]) => what === "disconnect");
    });
    seen.push([body, ...ending]);
  }
  return seen;
}

export const ENDINGS: readonly Rule[] = [
  {
    name: "two GETs at a time end the session: the first gets its end, the second 400",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const first = poller.get();
      await new Promise((resolve) => setTimeout(resolve, 50));
      const both = await Promise.all([first, poller.get()]);
      // Which one came first is for the server to say.
      const [waited, refused] = both.sort((a, b) => a.status - b.status);
      return [waited?.body, refused?.status, (await poller.get()).body, await poller.told()];
    },
  },
  {
    name: "two POSTs at a time end the session",
    async see(host) {
      for (let tries = 1; ; tries++) {
        const poller = await new Poller(await host.newRoom("usual")).join();
        const socket = await half(poller, "42[");
        const { status } = await poller.post('["echo"]');
        const told = await poller.told();
        socket.destroy();
        // On a busy machine the second may be there before the first, and over.
        if (status === 200 && tries < 5) continue;
        return [status, (await poller.get()).body, told];
      }
    },
  },
  {
    name: "binary data as such ends the session",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const polled = poller.get();
      const type = { "content-type": "application/octet-stream" };
      const { status } = await poller.post(Uint8Array.of(4, 1), type);
      return [status, (await polled).body, await poller.told()];
    },
  },
  {
    name: "the client's close ends the session, and the GET that waits",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const polled = poller.get();
      const closed = await poller.post("1");
      return [closed, (await polled).body, (await poller.get()).body, await poller.told()];
    },
  },
  {
    name: "the server's close comes behind what it has sent",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      await poller.post('42["end","é"]');
      return [await drained(poller), (await poller.get()).body, await poller.told()];
    },
  },
  {
    name: "the server's close waits for a GET",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      await poller.post('42["end"]');
      await new Promise((resolve) => setTimeout(resolve, 300));
      return [await drained(poller), (await poller.get()).body];
    },
  },
  {
    name: "what is no payload ends the session",
    async see(host) {
      return endingsBy(host, ["", "9", "nothing", "2"]);
    },
  },
  {
    // With socket.io that waits for the next GET, and the reason is another each time.
    name: "what is a payload, but with packets that Socket.IO does not know, ends the session",
    expects: [
      ["4\x1e9", "disconnect", "forced close"],
      ['42{"a":1}', "disconnect", "forced close"],
      ["40\x1e\x1e", "disconnect", "forced close"],
    ],
    async see(host) {
      return endingsBy(host, ["4\x1e9", '42{"a":1}', "40\x1e\x1e"]);
    },
  },
  {
    name: "a heartbeat ends the GET that waits, and silence the session",
    async see(host) {
      for (let tries = 1; ; tries++) {
        const poller = await new Poller(await host.newRoom("hasty")).join();
        const first = await poller.next();
        await poller.post("3");
        // An object may ask again before it gives up.
        const rest = new Set(await poller.until((packet) => packet === "1"));
        // On a busy machine no GET may wait at that moment.
        if (!rest.has("1") && tries < 3) continue;
        return [first, [...rest], (await poller.get()).body, await poller.told()];
      }
    },
  },
];
