/** Whether the object that the chat runs in is asleep, as far as this page can know, and what it told of its naps. */
import type { Slumber } from "../protocol.ts";
import { byId } from "./dom.ts";

/** So long after the last event the platform lets an object sleep, in milliseconds. */
const FALLS_ASLEEP_AFTER = 10_000;

const CAUSES: Readonly<Record<string, string>> = {
  message: "a message",
  close: "somebody who left",
  heartbeat: "the heartbeat",
  alarm: "an alarm",
  request: "somebody who came",
  call: "a call",
};

export class NapPanel {
  readonly #panel = byId("nap", HTMLDetailsElement);
  readonly #state = byId("nap-state", HTMLElement);
  readonly #since = byId("nap-since", HTMLElement);
  /** When anything was last heard of the object; undefined while there is no connection. */
  #heardAt: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The object has just done something. Nothing is asked of it: that would wake it. */
  heard(): void {
    this.#heardAt = Date.now();
    this.#show();
  }

  /** The connection is gone: nothing is known. */
  lost(): void {
    this.#heardAt = undefined;
    this.#show();
  }

  /** What the object told of itself. */
  tell({ naps, lastNap, wokenBy, connections, rowsWritten }: Slumber): void {
    const cause = wokenBy === null ? "" : `, ended by ${CAUSES[wokenBy] ?? wokenBy}`;
    const nap = naps === 0 ? "none yet" : `${duration(lastNap)}${cause}`;
    byId("nap-last", HTMLElement).textContent = nap;
    byId("nap-connections", HTMLElement).textContent = String(connections);
    byId("nap-wakes", HTMLElement).textContent = String(naps);
    byId("nap-rows", HTMLElement).textContent = String(rowsWritten);
  }

  #show(): void {
    clearTimeout(this.#timer);
    const quiet = this.#heardAt === undefined ? undefined : Date.now() - this.#heardAt;
    const napping = quiet === undefined ? -1 : quiet - FALLS_ASLEEP_AFTER;
    const state = quiet === undefined ? "unknown" : napping >= 0 ? "asleep" : "awake";
    const [words, since] = {
      unknown: ["Out of sight", ""],
      asleep: ["Asleep", `for ${duration(napping)}`],
      awake: ["Awake", "until all is quiet"],
    }[state] as [string, string];
    this.#panel.dataset.state = state;
    // Written only when it changes: a screen reader would read it again.
    if (this.#state.textContent !== words) this.#state.textContent = words;
    this.#since.textContent = since;
    if (quiet === undefined) return;
    const next = napping >= 0 ? 1_000 - (napping % 1_000) : -napping;
    this.#timer = setTimeout(() => this.#show(), next);
  }
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
