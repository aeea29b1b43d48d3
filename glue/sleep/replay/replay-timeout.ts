/**
 * How long the events of a socket wait for its middlewares and asynchronous connection listeners, in
 * milliseconds. Well below the ten seconds after which an idle object falls asleep.
 */
export const REPLAY_PATIENCE = 5_000;

/** Calls `end` once the first of these has settled, or the patience with them is lost, which is told first. */
export function withPatience(
  running: readonly Promise<unknown>[],
  losePatience: () => void,
  end: () => void,
): Promise<void> {
  let timer!: ReturnType<typeof setTimeout>;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      losePatience();
      resolve();
    }, REPLAY_PATIENCE);
  });
  return Promise.race([...running, patience]).then(() => {
    clearTimeout(timer);
    end();
  });
}
