/** Engine.IO 3, by hand: what browsers send that need no base64, and others. */
import type { Host } from "../hosts.ts";
import { Poller } from "../poller.ts";
import type { Rule } from "../rule.ts";

const BINARY = { "content-type": "application/octet-stream" };

/** An answer's packets: its length and then a packet, again and again; or the same in binary form. */
async function packetsOf(answer: Response): Promise<string[]> {
  const bytes = Buffer.from(await answer.arrayBuffer());
  const packets: string[] = [];
  if (answer.headers.get("content-type") === BINARY["content-type"]) {
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(255, at);
      const length = Number([...bytes.subarray(at + 1, end)].join(""));
      const packet = bytes.subarray(end + 1, end + 1 + length);
      packets.push(bytes[at] === 0 ? packet.toString() : `bytes ${packet.toString("hex")}`);
      at = end + 1 + length;
    }
    return packets;
  }
  for (let text = bytes.toString(); text !== ""; ) {
    const colon = text.indexOf(":");
    const end = colon + 1 + Number(text.slice(0, colon));
    packets.push(text.slice(colon + 1, end).replace(/"sid":"[\w-]+"/, '"sid":"<sid>"'));
    text = text.slice(end);
  }
  return packets;
}

/** A session, and what it gets until there was so much of it. */
async function visit(host: Host, more = "") {
  const poller = new Poller(await host.newRoom("older"), 3);
  const first = await poller.ask(`transport=polling${more}`);
  poller.sid = /"sid":"([\w-]+)"/.exec(await first.clone().text())?.[1] ?? "";
  const got = await packetsOf(first);
  const until = async (count: number): Promise<string[]> => {
    while (got.length < count)
      got.push(...(await packetsOf(await poller.ask(poller.session + more))));
    return got.splice(0);
  };
  const post = (body: string | Uint8Array, headers = {}) => {
    return poller.ask(poller.session + more, { method: "POST", body: body as string, headers });
  };
  return { until, post };
}

/** In the binary form. */
function framed(kind: number, data: Buffer): Buffer {
  const digits = [...String(data.length)].map(Number);
  return Buffer.concat([Buffer.of(kind, ...digits, 255), data]);
}

export const OLDER: readonly Rule[] = [
  {
    name: "Engine.IO 3: lengths count units, and the client pings",
    async see(host) {
      const { until, post } = await visit(host);
      const seen: unknown[] = [await until(2)];
      const event = '42["echo","é🐭"]';
      const { status } = await post(`${event.length}:${event}1:2`);
      // socket.io answers pings before it reads what came first.
      seen.push(status, (await until(2)).sort());
      return seen;
    },
  },
  {
    name: "Engine.IO 3: binary data goes both ways as such",
    async see(host) {
      const { until, post } = await visit(host);
      await until(2);
      const text = Buffer.from('451-["echo",{"_placeholder":true,"num":0},"é"]');
      const body = Buffer.concat([framed(0, text), framed(1, Buffer.of(4, 1, 2, 255, 0))]);
      const { status } = await post(body, BINARY);
      return [status, await until(2)];
    },
  },
  {
    name: "Engine.IO 3: binary data is base64 for those who ask for it",
    async see(host) {
      const { until, post } = await visit(host, "&b64=1");
      await until(2);
      const text = '451-["echo",{"_placeholder":true,"num":0}]';
      const { status } = await post(`${text.length}:${text}10:b4AQL/AAA=`);
      return [status, await until(2)];
    },
  },
  {
    name: "Engine.IO 3: what has no length ends the session",
    expects: ["0", "x:4", "4:4", ":", "-1:4", "99999999999:4", "\u0001"].map((body) => [
      body,
      "disconnect",
      "parse error",
    ]),
    async see(host) {
      const seen: unknown[] = [];
      for (const body of ["0", "x:4", "4:4", ":", "-1:4", "99999999999:4", "\u0001"]) {
        const poller = new Poller(await host.newRoom("older"), 3);
        const { post } = await visitIn(poller);
        await post(body, body === "\u0001" ? BINARY : {});
        const told = await new Poller(poller.base).told();
        seen.push([body, ...(told.find(([what]) => what === "disconnect") ?? [])]);
      }
      return seen;
    },
  },
];

async function visitIn(poller: Poller) {
  const text = await (await poller.ask("transport=polling")).text();
  poller.sid = /"sid":"([\w-]+)"/.exec(text)?.[1] ?? "";
  return {
    post: (body: string, headers = {}) =>
      poller.ask(poller.session, { method: "POST", body, headers }),
  };
}
