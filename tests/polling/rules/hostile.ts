/** What no stock client does. Nobody else is disturbed by it, and nothing grows without a bound. */
import { Poller } from "../poller.ts";
import { eventually, type Rule } from "../rule.ts";
import { half } from "./requests.ts";

const separated = (packets: readonly string[]) => packets.join("\x1e");

export const HOSTILE: readonly Rule[] = [
  {
    name: "a payload with 10,000 packets is read",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const events = Array.from({ length: 10_000 }, () => '42["nothing"]');
      const { status } = await poller.post(separated([...events, '42["echo","behind them"]']));
      return [status, await poller.next()];
    },
  },
  {
    name: "one with more packets than any client sends ends the session",
    expects: [["disconnect", "parse error"]],
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      await poller.post(separated(Array.from({ length: 100_001 }, () => "3")));
      return (await poller.told()).filter(([what]) => what === "disconnect");
    },
  },
  {
    name: "ids that are nobody's",
    async see(host) {
      const poller = new Poller(await host.newRoom("usual"));
      const seen: unknown[] = [];
      for (const sid of ["__proto__", "constructor", "%00", "a".repeat(2_000), "%F0%9F%90%AD"]) {
        seen.push(await poller.answer(`transport=polling&sid=${sid}`));
      }
      return seen;
    },
  },
  {
    name: "a body that does not come disturbs nobody, and ends with its session",
    expects: ['42["echo","another"]', true, [["disconnect", "transport close"]]],
    async see(host) {
      const base = await host.newRoom("usual");
      const slow = await new Poller(base).join();
      const socket = await half(slow, '42["echo","sl');
      let isAnswered = false;
      socket.on("data", () => {
        isAnswered = true;
      });
      const other = await new Poller(base).join();
      await other.post('42["echo","another"]');
      const heard = await other.next();
      const webSocket = await slow.webSocket();
      webSocket.send("2probe");
      await webSocket.next();
      webSocket.send("5");
      webSocket.send('42["echo","over it"]');
      await webSocket.next();
      webSocket.close();
      socket.destroy();
      const told = await eventually(async () => {
        const all = (await other.told()).filter(([what]) => what === "disconnect");
        return all.length > 0 && all;
      });
      return [heard, !isAnswered, told];
    },
  },
  {
    name: "who does not ask for what is sent is given up beyond maxBufferedAmount",
    expects: ["transport error"],
    async see(host) {
      const poller = await new Poller(await host.newRoom("bounded")).join();
      const text = "x".repeat(20_000);
      for (let sent = 0; sent < 30; sent++) {
        if ((await poller.post(`42["echo","${text}"]`)).status !== 200) break;
      }
      const [, reason] = (await poller.told()).find(([what]) => what === "disconnect") ?? [];
      return [reason];
    },
  },
];
