// What the pages' pieces of server code leave out: the package's own names, and the reader's.
declare const createServer: typeof import("dormouse-io").createServer;
declare const routeSocketIO: typeof import("dormouse-io").routeSocketIO;
declare const polling: typeof import("dormouse-io/polling").polling;
declare const io: import("dormouse-io").Server;
declare const socket: import("dormouse-io").Socket;
declare const router: import("dormouse-io/router").Router;
declare const request: Request;
declare const env: Env;
declare const ctx: DurableObjectState;
declare function setup(io: import("dormouse-io").Server): void;

interface Env {
  CHAT: DurableObjectNamespace;
  SECRET: string;
  SETTINGS_URL: string;
  SESSION_PASSWORD: string;
  ADMIN_HASH: string;
  METRICS: AnalyticsEngineDataset;
}

// The application's own.
interface User {
  id: string;
  name: string;
}
declare const db: {
  insert(event: string, id: string): Promise<void>;
  logins: { insert(user: User): Promise<void> };
};
declare const name: string;
declare const players: Map<string, unknown>;
declare const filter: import("dormouse-io/router").Middleware;
declare const auth: import("dormouse-io/router").Middleware;
type Middleware = import("dormouse-io/router").Middleware;
declare function authenticate(request: Request): Promise<string>;
declare function findUser(token: unknown): Promise<User | undefined>;
declare function isValid(token: unknown, secret: string): Promise<boolean>;
declare function mayRead(user: User, room: string): boolean;
declare function pickColor(): string;
declare function turn(): void;
declare function verify(token: unknown, secret: string): Promise<User | undefined>;

// A server's typed events.
interface Listen {
  say(text: string): void;
}
interface Emit {
  said(text: string): void;
}
type Between = Record<string, never>;
interface SocketData {
  name: string;
}
interface ClientEvents {
  chat(text: string): void;
}
interface ServerEvents {
  res(text: string): void;
}

// What vitest's Workers plugin and `wrangler types` declare.
declare module "cloudflare:test" {
  type Object = import("dormouse-io").ServerObject;
  export const env: { CHAT: DurableObjectNamespace<Object> };
  export const SELF: Fetcher;
  export function evictDurableObject(stub: DurableObjectStub<Object>): Promise<void>;
  export function runInDurableObject<Result>(
    stub: DurableObjectStub<Object>,
    run: (object: Object, state: DurableObjectState) => Result,
  ): Promise<Awaited<Result>>;
}

// Somebody who tells news.
declare const bus: { on(event: string, listener: (text: string) => void): void };

// A meter of OpenTelemetry's.
declare const meter: {
  createCounter(name: string): { add(value: number, attributes?: object): void };
  createGauge(name: string, options?: object): { record(value: number, attributes?: object): void };
  createHistogram(
    name: string,
    options?: object,
  ): { record(value: number, attributes?: object): void };
};

// What Redis is reached by, in what came before.
declare const redisClient: object;
