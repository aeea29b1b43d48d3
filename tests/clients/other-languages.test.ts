// Clients in other languages, by raw frames: what they write in another way than the JavaScript client
// does, within the protocol, has to be understood.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { WebSocket } from "ws";
import { HOSTS, type Host } from "./hosts.ts";

type Frame = string | Buffer;

interface Dialogue {
  /** What is different. */
  what: string;
  protocol: 3 | 4;
  headers?: Record<string, string>;
  query?: string;
  /** What the client sends, and what it must get; a text that begins and ends with a slash is a pattern. */
  exchanges: [sent: Frame[], received: Frame[]][];
  /** Whether the server ends the connection after the last one. */
  ends?: true;
}

const OPEN = "/^0\\{.*\\}$/";
const CONNECTED = '/^40\\{"sid":"[^"]+"\\}$/';
const CONNECTED_TO_CHAT = '/^40\\/chat,\\{"sid":"[^"]+"\\}$/';

const DIALOGUES: Dialogue[] = [
  {
    what: "what is not ASCII is escaped (Python's JSON), a close packet is sent",
    protocol: 4,
    exchanges: [
      [[], [OPEN]],
      [["40"], [CONNECTED, '42["welcome","/",{},4]']],
      [['42["echo","\\u00e4 \\ud83d\\udc2d"]'], ['42["echo","ä 🐭"]']],
      [['421["ask","x"]'], ['431["x"]']],
      [
        ['40/chat,{"token":"t"}'],
        [CONNECTED_TO_CHAT, '42/chat,["welcome","/chat",{"token":"t"},4]'],
      ],
      [["41/chat,"], ['42["left","/chat","client namespace disconnect"]']],
      [["1", '42["echo","still open"]'], ['42["echo","still open"]']],
    ],
  },
  {
    what: "an empty object as CONNECT's payload, two attachments with an acknowledgement",
    protocol: 4,
    query: "&t=abc",
    exchanges: [
      [[], [OPEN]],
      [["40/chat,{}"], [CONNECTED_TO_CHAT, '42/chat,["welcome","/chat",{},4]']],
      [
        [
          '452-/chat,7["ask",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
          Buffer.of(1),
          Buffer.of(2),
        ],
        [
          '462-/chat,7[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
          Buffer.of(1),
          Buffer.of(2),
        ],
      ],
    ],
  },
  {
    what: "blanks in JSON, the main namespace written out",
    protocol: 4,
    headers: { "user-agent": "client" },
    exchanges: [
      [[], [OPEN]],
      [['40/,{ "token" : "t" }'], [CONNECTED, '42["welcome","/",{"token":"t"},4]']],
      [['420["ask", { "a" : [ 1, 2 ] } ]'], ['430[{"a":[1,2]}]']],
    ],
  },
  {
    what: "no comma behind a namespace without payload, pongs that nobody asked for",
    protocol: 4,
    exchanges: [
      [[], [OPEN]],
      [["40/chat"], [CONNECTED_TO_CHAT, '42/chat,["welcome","/chat",{},4]']],
      [['42/chat,["echo"]'], ['42/chat,["echo"]']],
      [["3", "3", '42/chat,["echo",1]'], ['42/chat,["echo",1]']],
    ],
  },
  {
    what: "no binary WebSocket frames: base64 instead, by b64=1",
    protocol: 4,
    query: "&b64=1",
    exchanges: [
      [[], [OPEN]],
      [["40"], [CONNECTED, '42["welcome","/",{},4]']],
      [
        ['451-["echo",{"_placeholder":true,"num":0}]', "bAQID"],
        ['451-["echo",{"_placeholder":true,"num":0}]', "bAQID"],
      ],
    ],
  },
  {
    what: "protocol 3: the main namespace comes by itself",
    protocol: 3,
    exchanges: [
      [[], [OPEN, "40", '42["welcome","/",{},3]']],
      [["2"], ["3"]],
      [["40/chat?token=t"], ["40/chat,", '42/chat,["welcome","/chat",{"token":"t"},3]']],
      [['42/chat,3["ask",1]'], ["43/chat,3[1]"]],
      [
        ['451-["echo",{"_placeholder":true,"num":0}]', Buffer.of(4, 9)],
        ['451-["echo",{"_placeholder":true,"num":0}]', Buffer.of(4, 9)],
      ],
    ],
  },
  {
    what: "protocol 3: joining the main namespace once more is a violation",
    protocol: 3,
    exchanges: [
      [[], [OPEN, "40", '42["welcome","/",{},3]']],
      [["40"], []],
    ],
    ends: true,
  },
  {
    what: "protocol 3: base64 by b64=1",
    protocol: 3,
    query: "&b64=1",
    exchanges: [
      [[], [OPEN, "40", '42["welcome","/",{},3]']],
      [
        ['451-["echo",{"_placeholder":true,"num":0}]', "b4CQ=="],
        ['451-["echo",{"_placeholder":true,"num":0}]', "b4CQ=="],
      ],
    ],
  },
];

for (const [name, start] of Object.entries(HOSTS)) {
  describe(name, () => {
    let host: Host;
    before(async () => {
      host = await start();
    });
    after(() => host.stop());

    for (const dialogue of DIALOGUES) {
      test(dialogue.what, async () => {
        const { protocol, query = "", headers = {}, exchanges, ends } = dialogue;
        const origin = host.url.replace("http", "ws");
        const url = `${origin}/socket.io/?EIO=${protocol}&transport=websocket${query}`;
        const socket = new WebSocket(url, { headers });
        const closed = once(socket, "close");
        const frames = readFrames(socket);
        try {
          await once(socket, "open");
          for (const [sent, received] of exchanges) {
            for (const frame of sent) socket.send(frame);
            for (const expected of received) check(await frames(), expected);
          }
          if (ends) await closed;
          else assert.equal(socket.readyState, WebSocket.OPEN);
        } finally {
          socket.terminate();
        }
      });
    }
  });
}

/** Gives one frame after another, without heartbeats and what a Durable Object answers pongs with. */
function readFrames(socket: WebSocket): () => Promise<Frame> {
  const waiting: Frame[] = [];
  let wake: () => void = () => {};
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    const frame = isBinary ? data : data.toString();
    if (frame === "2" || frame === "6") return;
    waiting.push(frame);
    wake();
  });
  socket.on("close", () => wake());
  return async () => {
    while (waiting.length === 0) {
      assert.ok(socket.readyState <= WebSocket.OPEN, "the connection was closed");
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return waiting.shift() as Frame;
  };
}

function check(frame: Frame, expected: Frame): void {
  if (typeof expected === "string" && /^\/.*\/$/.test(expected)) {
    assert.match(String(frame), new RegExp(expected.slice(1, -1)));
  } else {
    assert.deepEqual(frame, expected);
  }
}
