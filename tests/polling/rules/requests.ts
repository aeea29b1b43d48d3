/** Requests and their answers: handshake, GET, POST, refusals, headers. */
import { connect, type Socket as NetSocket } from "node:net";
import { Poller } from "../poller.ts";
import { eventually, NEEDS_ABORTS, type Rule } from "../rule.ts";

const ORIGIN = { origin: "https://a.example" };

export const REQUESTS: readonly Rule[] = [
  {
    name: "a GET without a session opens one",
    async see(host) {
      return new Poller(await host.newRoom("usual")).answer("transport=polling");
    },
  },
  {
    name: "upgrades are named where there are any",
    async see(host) {
      const seen: unknown[] = [];
      for (const server of ["usual", "alone", "staying"] as const) {
        const { upgrades } = await new Poller(await host.newRoom(server)).open();
        seen.push(upgrades);
      }
      return seen;
    },
  },
  {
    name: "a POST is answered ok, a GET with what waits",
    async see(host) {
      const poller = new Poller(await host.newRoom("usual"));
      await poller.open();
      return [await poller.post("40"), await poller.get()];
    },
  },
  {
    name: "a GET waits until there is something",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const polled = poller.get();
      const posted = await poller.post('42["echo","é",{"a":[null,"\\u001e"]}]');
      return [posted, await polled];
    },
  },
  {
    name: "a payload may have many packets, and so may be their answers",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const packets = Array.from({ length: 50 }, (_, number) => `42["echo",${number}]`);
      await poller.post(packets.join("\x1e"));
      return poller.until((packet) => packet === '42["echo",49]');
    },
  },
  {
    name: "binary data is base64, and packets with attachments come over several payloads",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      await poller.post('452-["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
      await poller.post("bAQIDBA==\x1eb");
      await poller.post('42["echo","behind"]');
      return poller.until((packet) => packet.includes("behind"));
    },
  },
  {
    name: "what an answer has never exceeds maxHttpBufferSize",
    expects: [8, true],
    async see(host) {
      const poller = await new Poller(await host.newRoom("small")).join();
      await poller.post(`42["many",8,"${"x".repeat(40)}"]`);
      const sizes: number[] = [];
      let packets = 0;
      while (packets < 8) {
        const { body } = await poller.get();
        sizes.push(body.length);
        packets += body.split("\x1e").length;
      }
      return [packets, sizes.every((size) => size <= 140)];
    },
  },
  {
    name: "a body over maxHttpBufferSize gets 413, and the session goes on",
    async see(host) {
      const poller = await new Poller(await host.newRoom("small")).join();
      const refused = await poller.post("4".repeat(101));
      await poller.post(`42["echo",1]`);
      return [refused.status, await poller.next()];
    },
  },
  {
    name: "a body that a stock client takes for one of maxHttpBufferSize is read",
    expects: [200, 413],
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const seen: number[] = [];
      for (const size of [1_003_900, 1_003_910]) {
        const packets = [`42["nothing","${"x".repeat(900_000)}"]`];
        packets.push(`42["nothing","${"x".repeat(size - 900_000 - 33)}"]`);
        seen.push((await poller.post(packets.join("\x1e"))).status);
      }
      return seen;
    },
  },
  {
    name: "refusals",
    async see(host) {
      const poller = new Poller(await host.newRoom("usual"));
      const post = { method: "POST", body: "40" };
      await poller.open();
      const socket = await poller.webSocket("");
      const { sid } = JSON.parse((await socket.next()).slice(1));
      const seen = [
        await poller.answer("transport=polling&sid=nobody"),
        await poller.answer("transport=polling&sid=nobody", post),
        await poller.answer("transport=polling", post),
        await poller.answer("transport=polling", { method: "PUT", body: "" }),
        await poller.answer("transport=pigeon"),
        await poller.answer("transport=websocket"),
        await poller.answer(`transport=polling&sid=${sid}`),
        await poller.answer(`transport=polling&sid=${sid}`, post),
        await poller.answer(`transport=websocket&sid=${poller.sid}`),
        await new Poller(poller.base, 3).answer("transport=polling"),
        await new Poller(poller.base, 3).answer(poller.session),
      ];
      socket.close();
      return seen;
    },
  },
  {
    name: "connection_error listeners hear of refusals, with their context",
    not: { PartyKit: "some are refused at the edge" },
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      await poller.answer("transport=polling&sid=nobody");
      await poller.answer("transport=polling", { method: "POST", body: "40" });
      await poller.answer(`transport=websocket&sid=${poller.sid}`);
      await new Poller(poller.base, 3).answer(poller.session);
      return poller.told();
    },
  },
  {
    name: "JSONP is refused, with a message that says so",
    expects: {
      status: 400,
      type: "application/json",
      caching: null,
      body: '{"code":3,"message":"JSONP polling is not supported"}',
    },
    async see(host) {
      return new Poller(await host.newRoom("usual")).answer("transport=polling&j=0");
    },
  },
  {
    name: "another method of a session gets 500",
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const { status } = await poller.answer(poller.session, { method: "PUT", body: "x" });
      return [status, (await poller.post('42["echo",1]')).body, await poller.next()];
    },
  },
  {
    name: "allowRequest is asked once, and refuses with 403",
    async see(host) {
      const poller = new Poller(await host.newRoom("strict"));
      const refused = await poller.answer("transport=polling&refuse=not%20you");
      await poller.open();
      return [
        refused,
        await poller.answer(`${poller.session}&refuse=no`, { method: "POST", body: "40" }),
      ];
    },
  },
  {
    name: "cross-origin headers are on every answer",
    async see(host) {
      const poller = new Poller(await host.newRoom("corsing"));
      const seen: unknown[] = [];
      const look = async (query: string, init: RequestInit = {}) => {
        const { status, headers } = await poller.ask(query, { ...init, headers: ORIGIN });
        const names = ["origin", "credentials", "methods"].map(
          (one) => `access-control-allow-${one}`,
        );
        seen.push([status, ...names.map((name) => headers.get(name)), headers.get("vary")]);
      };
      await look("transport=polling", { method: "OPTIONS" });
      await look("transport=polling");
      await poller.open();
      await look(poller.session, { method: "POST", body: "40" });
      await look(poller.session);
      await look("transport=polling&sid=nobody");
      return seen;
    },
  },
  {
    name: "the handshake sets the cookie, with its attributes, and no other answer does",
    async see(host) {
      const poller = new Poller(await host.newRoom("marked"));
      const first = await poller.ask("transport=polling");
      poller.sid = JSON.parse((await first.text()).slice(1)).sid;
      const posted = await poller.ask(poller.session, { method: "POST", body: "40" });
      const cookie = first.headers.get("set-cookie")?.replace(poller.sid, "<sid>");
      return [cookie, posted.headers.get("set-cookie")];
    },
  },
  {
    name: "initial_headers is for the handshake, headers for every answer",
    not: { PartyKit: "headers are made at the edge" },
    async see(host) {
      const poller = new Poller(await host.newRoom("edited"));
      const seen: unknown[] = [];
      const look = ({ headers }: Response) => {
        const names = ["x-initial", "x-all", "cache-control"];
        seen.push(names.map((name) => headers.get(name)));
      };
      const first = await poller.ask("transport=polling");
      look(first);
      poller.sid = JSON.parse((await first.text()).slice(1)).sid;
      look(await poller.ask(poller.session, { method: "POST", body: "40" }));
      look(await poller.ask(poller.session));
      return seen;
    },
  },
  {
    name: "a GET whose client goes away ends the session",
    not: NEEDS_ABORTS,
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const gone = new AbortController();
      const polled = poller.get({ signal: gone.signal }).catch(() => "aborted");
      await poller.post("3");
      gone.abort();
      await polled;
      const { body } = await eventually(async () => {
        const answer = await poller.post("3");
        return answer.status === 200 ? undefined : answer;
      });
      return [body, await poller.told()];
    },
  },
  {
    name: "half a body ends the session",
    not: NEEDS_ABORTS,
    async see(host) {
      const poller = await new Poller(await host.newRoom("usual")).join();
      const socket = await half(poller, "42[");
      socket.destroy();
      // A POST before the server has noticed would be a second one at the same time.
      await eventually(async () => (await poller.told()).some(([what]) => what === "disconnect"));
      const { status } = await poller.post("3");
      return [status, await poller.told()];
    },
  },
];

/** Sends the beginning of a POST, and no more. */
export async function half(poller: Poller, beginning: string): Promise<NetSocket> {
  const { hostname, port, pathname, host } = new URL(`${poller.base}/socket.io/`);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  const target = `${pathname}?EIO=${poller.protocol}&${poller.session}`;
  const head = `POST ${target} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 1000\r\n\r\n`;
  await new Promise<void>((resolve) => socket.write(head + beginning, () => resolve()));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return socket;
}
