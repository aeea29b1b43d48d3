/**
 * How long the events of a socket wait for its middlewares and asynchronous connection listeners, in
 * milliseconds. Well below the ten seconds after which an idle object falls asleep.
 */
export const REPLAY_TIMEOUT = 5_000;

/** Calls `end` once the first of these has settled, or `REPLAY_TIMEOUT` is over: then `timeOut` is called first. */
export function withTimeout(
  running: readonly Promise<unknown>[],
  timeOut: () => void,
  end: () => void,
): Promise<void> {
  let timer!: ReturnType<typeof setTimeout>;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      timeOut();
      resolve();
    }, REPLAY_TIMEOUT);
  });
  return Promise.race([...running, timeout]).then(() => {
    clearTimeout(timer);
    end();
  });
}
