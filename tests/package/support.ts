/** What the tests of the package have in common. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { io as connect } from "socket.io-client";

/** The README's server repeats to everybody what one says. */
export async function talk(url: string): Promise<void> {
  const options = { transports: ["websocket"], forceNew: true, reconnection: false };
  const [one, other] = [connect(url, options), connect(url, options)];
  try {
    await Promise.all([once(one as never, "connect"), once(other as never, "connect")]);
    const heard = once(other as never, "message");
    one.emit("message", "hello");
    assert.deepEqual(await heard, [one.id, "hello"]);
  } finally {
    one.disconnect();
    other.disconnect();
  }
}

/** The same with a process that prints its port, which ends with it. */
export async function talkTo(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  try {
    assert.ok(child.stdout);
    const port = await Promise.race([once(child.stdout, "data"), ended.then(() => undefined)]);
    assert.ok(port, "the server ended before it told its port");
    await talk(`http://127.0.0.1:${Number(String(port))}`);
  } finally {
    child.kill();
    await ended;
  }
}

export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
