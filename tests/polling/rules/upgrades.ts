/** Changing over to a WebSocket. */
import { Poller } from "../poller.ts";
import { eventually, type Rule } from "../rule.ts";

const isRefusal = ([what]: unknown[]) => what === "refused";

/** What the server was told, refusals apart: hosts refuse WebSockets before or after they open. */
async function toldOf(poller: Poller): Promise<unknown[][]> {
  return (await poller.told()).filter((one) => !isRefusal(one));
}

export const UPGRADES: readonly Rule[] = [
  {
    name: "a probe is answered, polls get noops, and everything goes over the WebSocket from 5 on",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const polled = poller.get();
      await new Promise((resolve) => setTimeout(resolve, 50));
      const socket = await poller.webSocket();
      socket.send("2probe");
      const seen: unknown[] = [await socket.next(), (await polled).body, (await poller.get()).body];
      await poller.post('42["echo","still polling"]');
      seen.push((await poller.get()).body);
      await poller.post('42["echo","waits"]');
      socket.send("5");
      seen.push(await socket.next());
      socket.send('42["echo","over it"]');
      seen.push(await socket.next());
      seen.push(await poller.get(), await poller.post('42["echo"]'));
      socket.close();
      seen.push(
        await eventually(async () => {
          const told = await toldOf(poller);
          return told.some(([what]) => what === "disconnect") && told;
        }),
      );
      return seen;
    },
  },
  {
    name: "half a message goes on over the WebSocket",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      await poller.post('451-["ask",{"_placeholder":true,"num":0}]'.replace("ask", "echo"));
      const socket = await poller.webSocket();
      socket.send("2probe");
      await socket.next();
      socket.send("5");
      socket.send("bAQI=");
      const seen = [await socket.next()];
      socket.close();
      return seen;
    },
  },
  {
    name: "another frame than a probe costs the WebSocket alone",
    async see(host) {
      const seen: unknown[] = [];
      for (const frame of ['42["echo",1]', "2", "3probe", "nonsense"]) {
        const poller = await new Poller(await host.newRoom("usual")).join();
        const socket = await poller.webSocket();
        socket.send(frame);
        await socket.closed();
        await poller.post('42["echo","goes on"]');
        seen.push(await poller.next(), await toldOf(poller));
      }
      return seen;
    },
  },
  {
    name: "a WebSocket that goes away in the middle of it costs nothing else",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const socket = await poller.webSocket();
      socket.send("2probe");
      await socket.next();
      socket.close();
      await socket.closed();
      const again = await eventually(async () => {
        const other = await poller.webSocket();
        if (other.isClosed) return undefined;
        other.send("2probe");
        const answer = await other.next();
        return answer === "3probe" && other;
      });
      again.send("5");
      again.send('42["echo","later"]');
      const seen = [await again.next(), await toldOf(poller)];
      again.close();
      return seen;
    },
  },
  {
    name: "upgradeTimeout closes the WebSocket alone",
    async see(host) {
      const poller = await new Poller(await host.newRoom("brief")).join();
      const socket = await poller.webSocket();
      socket.send("2probe");
      const seen = [await socket.next()];
      await socket.closed();
      await poller.post('42["echo","goes on"]');
      return [...seen, await poller.until((packet) => packet !== "6")];
    },
  },
  {
    name: "two at once: the second is refused, the first goes on",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const first = await poller.webSocket();
      first.send("2probe");
      await first.next();
      const second = await poller.webSocket();
      await second.closed();
      first.send("5");
      first.send('42["echo","the first"]');
      const seen = [await first.next()];
      const third = await poller.webSocket();
      await third.closed();
      first.send('42["echo","still"]');
      seen.push(await first.next());
      first.close();
      return seen;
    },
  },
  {
    name: "a session that is over cannot be upgraded",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      await poller.post("1");
      const socket = await poller.webSocket();
      await socket.closed();
      return toldOf(poller);
    },
  },
  {
    name: "the end of the session ends the WebSocket that was about to take over",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const socket = await poller.webSocket();
      socket.send("2probe");
      await socket.next();
      await poller.post("1");
      await socket.closed();
      return toldOf(poller);
    },
  },
  {
    name: "the heartbeat goes on as it was",
    async see(host) {
      const poller = await new Poller(await host.newRoom("beating")).join();
      const socket = await poller.webSocket();
      socket.send("2probe");
      await socket.next();
      socket.send("5");
      // On a slow machine one has come by polling already, and waits for its answer.
      socket.send("3");
      const seen = new Set<string>();
      for (let beats = 0; beats < 3; beats++) {
        let frame = await socket.next();
        // Objects answer pongs with noops.
        while (frame === "6") frame = await socket.next();
        seen.add(frame);
        socket.send("3");
      }
      socket.close();
      return [...seen];
    },
  },
];
