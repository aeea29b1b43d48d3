/** The objects of the tests of asynchronous setups: what each waits for is in its name. */
import { createServer, routeSocketIO, type Server } from "dormouse-io";

interface Env {
  readonly PATIENT: DurableObjectNamespace;
  readonly WAKEFUL: DurableObjectNamespace;
  readonly FAILING: DurableObjectNamespace;
  readonly OTHER: DurableObjectNamespace;
  /** A server that answers with a text. */
  readonly ORIGIN: string;
}

interface Context {
  env: Env;
  name: string | undefined;
  ctx: DurableObjectState;
}

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

const waits: Record<string, (context: Context) => Promise<unknown>> = {
  fetch: async ({ env }) => (await fetch(env.ORIGIN)).text(),
  timer: () => pause(100),
  import: () => import("cloudflare:workers"),
  object: async ({ env }) => (await env.OTHER.getByName("other").fetch("http://other/")).text(),
  storage: ({ ctx }) => ctx.storage.get("x"),
  alarm: ({ ctx }) => ctx.storage.getAlarm(),
  digest: () => crypto.subtle.digest("SHA-256", new Uint8Array(1)),
};

async function patient(io: Server, context: Context): Promise<void> {
  const answer = await waits[context.name ?? ""]?.(context);
  register(io, typeof answer === "string" ? answer : null);
}

function register(io: Server, answer: string | null): void {
  io.on("connection", (socket) => {
    socket.emit("welcome", answer);
    socket.on("join", (room, done) => {
      socket.join(room);
      done();
    });
    socket.on("rooms", (done) => done([...socket.rooms].length, answer));
  });
}

export const Patient = createServer(patient);

export const Wakeful = createServer({ hibernate: false }, patient);

/** Starts by object: a module's globals survive here. */
const starts = new Map<string, number>();

/** Each object's first start fails, and its third; that of `never` never settles. */
export const Failing = createServer(async (io, { name = "" }) => {
  const start = (starts.get(name) ?? 0) + 1;
  starts.set(name, start);
  if (name === "never" && start === 1) await pause(3_600_000);
  if (name === "later") await pause(10);
  if (start % 2 === 1) throw new Error(`no start ${start} of ${name}`);
  register(io, `start ${start}`);
});

/** Answers late. */
export const Other = createServer(async (io) => {
  await pause(50);
  register(io, null);
});

export default {
  async fetch(request, env) {
    const { binding = "PATIENT", name = "" } = Object.fromEntries(
      new URL(request.url).searchParams,
    );
    const namespace = env[binding as "PATIENT"];
    const response = await routeSocketIO(request, namespace, { name });
    return response ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
