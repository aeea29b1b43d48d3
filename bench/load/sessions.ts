/** Clients that are lost, and come back to their sessions. */
import { WebSocket } from "ws";
import type {
  Endpoint,
  LoseCommand,
  LostSession,
  RecoverCommand,
  RecoverResult,
} from "./commands.ts";

const TIMEOUT = 60_000;

/** A connection that has joined. */
interface Joined {
  readonly ws: WebSocket;
  readonly session: LostSession;
  /** Events that came before the answer. */
  readonly events: number;
}

/** Opens sessions and ends them. */
export async function loseSessions(command: LoseCommand): Promise<LostSession[]> {
  const { endpoint, ending, connections, concurrency } = command;
  const sessions: LostSession[] = [];
  let started = 0;
  const work = async () => {
    while (started < connections) {
      started += 1;
      const { ws, session } = await join(endpoint);
      ws.removeAllListeners("close");
      if (ending === "left") {
        ws.send("41");
        ws.close();
      } else ws.terminate();
      sessions.push(session);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return sessions;
}

/** Times the return of all of them together. Rejects if one of them is not what it was. */
export async function recoverSessions(command: RecoverCommand): Promise<RecoverResult> {
  const { endpoint, sessions, missed } = command;
  const start = process.hrtime.bigint();
  const joined = await Promise.all(sessions.map((session) => join(endpoint, session)));
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  for (const [index, { ws, session, events }] of joined.entries()) {
    ws.terminate();
    if (session.sid !== sessions[index]?.sid) throw new Error("a session was not recovered");
    if (events !== missed) throw new Error(`${events} packets instead of ${missed} came`);
  }
  return { milliseconds };
}

function join({ url }: Endpoint, earlier?: LostSession): Promise<Joined> {
  const { promise, resolve, reject } = Promise.withResolvers<Joined>();
  const ws = new WebSocket(url, { perMessageDeflate: false });
  let events = 0;
  const timer = setTimeout(() => reject(new Error("a session took too long")), TIMEOUT);
  ws.on("error", reject);
  ws.on("close", (code) => reject(new Error(`closed with ${code}`)));
  ws.on("message", (data: Buffer) => {
    const text = data.toString("latin1");
    if (text.startsWith("0{")) {
      ws.send(earlier === undefined ? "40" : `40${JSON.stringify({ pid: earlier.pid })}`);
    } else if (text.startsWith("42")) events += 1;
    else if (text.startsWith("40{")) {
      clearTimeout(timer);
      resolve({ ws, session: JSON.parse(text.slice(2)), events });
    } else if (text === "2") ws.send("3");
  });
  return promise;
}
