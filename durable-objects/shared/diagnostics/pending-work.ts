/**
 * What keeps objects awake, watched under `DEBUG` only: timers, who set them and for how long, unanswered requests, and
 * WebSockets to other servers. An isolate may have several objects, and the platform does not tell to which of them a
 * timer belongs, so all of the isolate's are listed.
 */

type Timer = (
  callback: (...args: unknown[]) => void,
  delay?: number,
  ...args: unknown[]
) => unknown;

/** The lines of a stack that are those of the watch itself. */
const OWN_LINES = 2;

type Fetch = (...args: unknown[]) => Promise<unknown>;
type MakeWebSocket = new (url: unknown, ...more: unknown[]) => EventTarget;

/** What is pending, by the handles of timers, and by what is waited for. Undefined while nobody watches. */
let pending: Map<unknown, string> | undefined;

/** From now on timers and requests are watched; once in an isolate. */
export function watchPendingWork(): void {
  if (pending !== undefined) return;
  const timers = new Map<unknown, string>();
  pending = timers;
  watchRequests(timers);
  const scope = globalThis as unknown as Record<string, Timer>;
  for (const name of ["setTimeout", "setInterval"]) {
    const set = scope[name] as Timer;
    scope[name] = (callback, delay, ...args) => {
      const run = (...given: unknown[]): void => {
        if (name === "setTimeout") timers.delete(handle);
        callback(...given);
      };
      const handle = set.call(globalThis, run, delay, ...args);
      timers.set(handle, `${name} of ${delay ?? 0} ms, set ${whereFrom(new Error())}`);
      return handle;
    };
  }
  for (const name of ["clearTimeout", "clearInterval"]) {
    const clear = scope[name] as unknown as (handle: unknown) => void;
    (scope as unknown as Record<string, typeof clear>)[name] = (handle) => {
      timers.delete(handle);
      clear.call(globalThis, handle);
    };
  }
}

function watchRequests(waiting: Map<unknown, string>): void {
  const scope = globalThis as unknown as { fetch: Fetch; WebSocket?: MakeWebSocket };
  const request = scope.fetch;
  scope.fetch = (...args) => {
    const answer = request.apply(globalThis, args);
    waiting.set(answer, `fetch, begun ${whereFrom(new Error())}`);
    const settled = (): void => void waiting.delete(answer);
    answer.then(settled, settled);
    return answer;
  };
  if (scope.WebSocket === undefined) return;
  scope.WebSocket = new Proxy(scope.WebSocket, {
    construct(WebSocket, args: [unknown]) {
      const socket = new WebSocket(...args);
      waiting.set(socket, `a WebSocket, opened ${whereFrom(new Error())}`);
      for (const end of ["close", "error"]) {
        socket.addEventListener(end, () => void waiting.delete(socket));
      }
      return socket;
    },
  });
}

/** What keeps objects of this isolate awake. Nothing while nobody watches. */
export function pendingWork(): string[] {
  return [...new Set(pending?.values())];
}

function whereFrom({ stack }: Error): string {
  return (stack?.split("\n")[OWN_LINES] ?? "somewhere").trim();
}
