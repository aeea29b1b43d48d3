/** Whether the object that the chat runs in is asleep, as far as this page can know, and what it told of its naps. */
import type { Slumber } from "../protocol.ts";
import { byId, element } from "./dom.ts";

/** So long after the last event the platform lets an object sleep, in milliseconds. */
const FALLS_ASLEEP_AFTER = 10_000;

/** What wakes it: what has just done so, and one or many of them. */
const CAUSES: Readonly<Record<string, readonly [string, string, string]>> = {
  message: ["a message", "message", "messages"],
  close: ["somebody who left", "departure", "departures"],
  heartbeat: ["the heartbeat", "heartbeat", "heartbeats"],
  alarm: ["an alarm", "alarm", "alarms"],
  request: ["somebody who came", "arrival", "arrivals"],
  call: ["a call", "call", "calls"],
};

const few = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const many = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });

export class NapPanel {
  readonly #panel = byId("nap", HTMLDetailsElement);
  readonly #state = byId("nap-state", HTMLElement);
  readonly #since = byId("nap-since", HTMLElement);
  /**
   * When anything was last heard of the object, by a clock that nobody sets: the system's time may jump.
   * Undefined not connected.
   */
  #heardAt: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The object has just done something. Nothing is asked of it: that would wake it. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#show();
  }

  /** The connection is gone: nothing is known. */
  lost(): void {
    this.#heardAt = undefined;
    this.#show();
  }

  /** What the object told of itself. */
  tell({ naps, lastNap, wokenBy, perHour, connections, rowsWritten }: Slumber): void {
    fill("last", naps === 0 ? "none yet" : duration(lastNap));
    if (wokenBy !== null) fill("cause", CAUSES[wokenBy]?.[0] ?? wokenBy);
    fill("wakes", String(naps));
    fill("hourly", ...often(perHour));
    fill("connections", String(connections));
    fill("rows", String(rowsWritten));
  }

  #show(): void {
    clearTimeout(this.#timer);
    const quiet = this.#heardAt === undefined ? undefined : performance.now() - this.#heardAt;
    const napping = quiet === undefined ? -1 : quiet - FALLS_ASLEEP_AFTER;
    const state = quiet === undefined ? "unknown" : napping >= 0 ? "asleep" : "awake";
    const [words, since] = {
      unknown: ["Out of sight", "not connected"],
      asleep: ["Asleep", `for ${duration(napping)}`],
      awake: ["Awake", "until all is quiet"],
    }[state] as [string, string];
    this.#panel.dataset.state = state;
    // To be read on demand: heartbeats come for ever, and nobody wants to be told each time.
    this.#state.textContent = words;
    this.#since.textContent = since;
    if (quiet === undefined) return;
    const next = napping >= 0 ? 1_000 - (napping % 1_000) : -napping;
    this.#timer = setTimeout(() => this.#show(), next);
  }
}

/** A figure and its name, which are hidden as long as there is none. */
function fill(name: string, ...lines: string[]): void {
  const figure = byId(`nap-${name}`, HTMLElement);
  figure.replaceChildren(...lines.map((line) => element("span", {}, line)));
  figure.parentElement?.toggleAttribute("hidden", lines.length === 0);
}

/** "12 heartbeats", "1 message": the most frequent first. */
function often(perHour: Slumber["perHour"]): string[] {
  return Object.entries(perHour)
    .filter(([, rate]) => rate > 0)
    .sort(([, one], [, other]) => other - one)
    .map(([cause, rate]) => {
      const number = (rate < 10 ? few : many).format(rate);
      const [, singular = cause, plural = cause] = CAUSES[cause] ?? [];
      return `${number} ${rate === 1 ? singular : plural}`;
    });
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
