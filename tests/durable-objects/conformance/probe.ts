/**
 * The server of the conformance suite, the same on every host: it hands its `Host` out to requests. No
 * part of it knows a platform.
 */
import type { Host, OwnStorage } from "../../../glue/engine/host/host.ts";
import type { Runtime } from "../../../glue/engine/runtime/runtime.ts";
import type { Server } from "../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../glue/socket.io/server/socket.ts";
import type { Any } from "../../../glue/socket.io/types/typed-events.ts";

type AnyServer = Server<Any, Any, Any, Any>;

/** As much of an application's storage as the suite uses. */
export interface ApplicationStorage {
  put(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<boolean>;
  deleteAll(): Promise<void>;
  setAlarm(time: number): Promise<void>;
  transaction(closure: (txn: { rollback(): void }) => Promise<void>): Promise<unknown>;
}

export const OPTIONS = { pingInterval: 1_000, pingTimeout: 20_000 };

/** What our part of the storage should hold, as its owner has it in memory. */
const owned = new WeakMap<AnyServer, Map<string, unknown>>();
/** What rang, and how long after its time. */
const rung = new WeakMap<AnyServer, [name: string, late: number][]>();

/** What variables hold of objects that may be gone by now, by names of the tests'. */
const held = new Map<string, Held>();
interface Held extends Pick<AnyServer, "data" | "schedule" | "engine"> {
  io: AnyServer;
  socket: Socket<Any, Any, Any, Any> | undefined;
}

/** What `setup` gets to hear of the application's alarm: its second parameter, in PartyKit its third. */
type Alarms = { onAlarm?: (handler: () => void) => void } | undefined;

export function setup(io: AnyServer, second?: Alarms, third?: Alarms): void {
  io.of("/chat");
  io.schedule.on("log", (what) => log(io, what));
  (third ?? second)?.onAlarm?.(() => log(io, "alarm"));
  const { storage } = hostOf(io);
  const memory = new Map<string, unknown>(storage?.list("test:"));
  owned.set(io, memory);
  rung.set(io, []);
  storage?.onLoss(() => {
    for (const [key, value] of memory) storage.put(key, value);
  });
  io.on("connection", (socket) => {
    socket.on("keep", (value: string, ack: () => void) => {
      socket.data.value = value;
      ack();
    });
    socket.on("kept", (ack: (value: string, rooms: number) => void) => {
      ack(socket.data.value, socket.rooms.size);
    });
  });
}

/** Notes in `io.data` that something was called, and when. */
function log(io: AnyServer, what: string): void {
  io.data.log ??= [];
  io.data.log.push([what, Date.now()]);
}

/** One of each kind of value. */
const VALUES = {
  map: new Map([["a", { list: [1, new Date(5)] }]]),
  set: new Set(["x"]),
  bytes: new Uint8Array([1, 2, 3]),
  nothing: null,
  no: false,
};

/** Answers `/…/probe/<what>?…`; null for other paths. `storage`: the application's, if it has any. */
export async function probe(
  io: AnyServer,
  storage: ApplicationStorage | undefined,
  url: URL,
): Promise<unknown> {
  const what = url.pathname.split("/probe/")[1];
  if (what === undefined) return null;
  const answer = PROBES[decodeURIComponent(what)];
  if (answer === undefined) throw new Error(`no probe ${what}`);
  const result = await answer(io, (name) => url.searchParams.get(name) ?? "", storage);
  return result ?? { done: true };
}

type Probe = (
  io: AnyServer,
  param: (name: string) => string,
  storage: ApplicationStorage | undefined,
) => unknown;

const PROBES: Record<string, Probe> = {
  stats: (io) => io.stats(),
  clock: (io) => ({ host: hostOf(io).now(), own: Date.now() }),
  random: (io) => {
    const bytes = [new Uint8Array(16), new Uint8Array(16)];
    for (const one of bytes) hostOf(io).randomBytes(one);
    return bytes.map((one) => one.join());
  },

  /** `plan`: names with their times; `moved`: what they are set for then. `null` clears. */
  deadlines: (io, param) => {
    const host = hostOf(io);
    for (const plan of ["plan", "moved"]) {
      const times = JSON.parse(param(plan)) as Record<string, number | null>;
      for (const [name, time] of Object.entries(times)) {
        if (time === null) host.schedule(name, null, () => {});
        else schedule(io, name, host.now() + time, name.startsWith("insists") ? 2 : 1);
      }
    }
  },
  rung: (io) => rung.get(io),

  put: (io, param) => {
    const [key, value] = [`test:${param("key")}`, param("value")];
    owned.get(io)?.set(key, value);
    storageOf(io).put(key, value);
  },
  remove: (io, param) => {
    owned.get(io)?.delete(`test:${param("key")}`);
    storageOf(io).delete(`test:${param("key")}`);
  },
  memory: (io) => Object.fromEntries(owned.get(io) ?? []),
  uncloneable: (io) => {
    try {
      storageOf(io).put("test:function", () => {});
    } catch (error) {
      return { name: (error as Error).name };
    }
    return { name: "nothing was thrown" };
  },
  "state set": (io) => {
    Object.assign(io.data, structuredClone(VALUES));
    io.of("/chat").data.count = 1;
  },
  "state odd": (io) => {
    io.data.map.get("a").list.push(() => {});
  },
  "state changed": (io) => {
    io.data.map.get("a").list.push("more");
    io.data.bytes[0] = 9;
    io.of("/chat").data.count += 1;
    delete io.data.no;
  },
  state: (io) => {
    const { map, set, bytes, log: _log, ...rest } = io.data;
    const { count } = io.of("/chat").data;
    const date = map?.get("a").list[1] instanceof Date;
    return {
      map: [...(map ?? [])],
      date,
      set: [...(set ?? [])],
      bytes: [...(bytes ?? [])],
      rest,
      count,
    };
  },
  "state too large": (io, param) => {
    try {
      io.data.large = "x".repeat(Number(param("size")));
      return { error: null };
    } catch (error) {
      return { error: (error as Error).message };
    }
  },
  "state rolled back": async (io, _param, storage) => {
    await storage?.transaction(async (txn) => {
      io.data.map.set("b", 1);
      // It is written meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 300));
      txn.rollback();
    });
  },
  /** `plan`: keys, what is told under them, and when; -1: cancelled. `alarm`: the application's own. */
  schedule: async (io, param, storage) => {
    for (const [key, what, after] of JSON.parse(param("plan")) as [string, string, number][]) {
      if (after < 0) io.schedule.cancel("log", key);
      else io.schedule.after(after, "log", { key, args: [what] });
    }
    const alarm = param("alarm");
    if (alarm !== "") await storage?.setAlarm(Date.now() + Number(alarm));
  },
  log: (io) => io.data.log ?? [],
  size: (io) => ({ isKnown: storageOf(io).maxValueBytes >= 131_072 }),
  wipe: async (_io, _param, storage) => storage?.deleteAll(),
  "delete ours": async (_io, param, storage) => {
    await storage?.delete(`dormouse:test:${param("key")}`);
  },
  "roll back": async (io, param, storage) => {
    await storage?.transaction(async (txn) => {
      const [key, value] = [`test:${param("key")}`, param("value")];
      owned.get(io)?.set(key, value);
      storageOf(io).put(key, value);
      txn.rollback();
    });
  },

  /** Asks everybody by every kind of emit that waits for an answer. */
  question: (io) => {
    const ignore = (): void => {};
    for (const socket of io.sockets.sockets.values()) {
      socket.emit("question", ignore);
      socket.timeout(60_000).emit("question", ignore);
    }
    io.timeout(60_000).emit("question", ignore);
  },
  reasons: (io) => io.awakeReasons.map(({ kind, what, whose }) => [kind, what, whose]),

  /** A variable of the module takes what is here. */
  hold: (io, param) => {
    const [socket] = io.sockets.sockets.values();
    held.set(param("name"), {
      io,
      data: io.data,
      schedule: io.schedule,
      engine: io.engine,
      socket,
    });
  },
  /** Uses that; gives what was reported of it. */
  "use held": (_io, param) => {
    const { io, data, schedule, engine, socket } = held.get(param("name")) as Held;
    const told: string[] = [];
    hostOf(io).report = (error) => void told.push((error as Error).message);
    for (let round = 0; round < 2; round++) {
      data.count = 1;
      schedule.after(0, "log", { args: ["by a stale object"] });
      engine.on("connection", () => {});
      io.emit("kept");
      socket?.emit("kept");
      if (socket) socket.data.value = "by a stale object";
      socket?.conn.send("4");
    }
    return { told, isConnected: socket?.connected, count: data.count ?? null };
  },

  /** Sends before and after a close, to the only client. */
  transport: (io) => {
    const [connection] = runtimeOf(io).connections();
    if (connection === undefined) throw new Error("nobody is connected");
    const transport = connection._transport;
    transport.send('42["before",1]');
    transport.send(`42["before",${JSON.stringify("x".repeat(70_000))}]`);
    transport.close(4321, "by the suite");
    transport.send('42["after"]');
    transport.close(4322, "again");
  },
  record: (io) => {
    const [connection] = runtimeOf(io).connections();
    const record = connection && hostOf(io).load?.(connection._transport);
    return { core: record?.core.length ?? 0 };
  },
};

function schedule(io: AnyServer, name: string, time: number, times: number): void {
  const host = hostOf(io);
  let left = times;
  host.schedule(name, time, () => {
    rung.get(io)?.push([name, host.now() - time]);
    left -= 1;
    // Who neither moves nor clears a deadline is asked again.
    if (left === 0) host.schedule(name, null, () => {});
  });
}

function runtimeOf(io: AnyServer): Runtime {
  return (io as unknown as { _runtime: Runtime })._runtime;
}

function hostOf(io: AnyServer): Host {
  return runtimeOf(io).host;
}

function storageOf(io: AnyServer): OwnStorage {
  const { storage } = hostOf(io);
  if (storage === undefined) throw new Error("the host has no storage");
  return storage;
}
