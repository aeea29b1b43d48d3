/**
 * Dormouse in objects that die before each thing that happens while none of a scenario's clients is connected:
 * evicted with its WebSockets closed, aborted, or with the runtime's process killed and started again on what it
 * has on disk. For scenarios of connection state recovery.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { findPort } from "../../support/ports.ts";
import { ALL } from "../all.ts";
import type { RunningServer, ServerUnderTest } from "../harness/server-under-test.ts";
import type { Entry, Scenario } from "../scenario.ts";
import { ABORT_PATH, LOG_PATH } from "./worker-side.ts";
import { bindingOf, classOf, ignoreAbsence, type Kind } from "./workerd.ts";

/** Longer than a write is put off. Whoever is there when an object dies before that may begin anew. */
const WRITTEN = 600;

/** How objects die. */
export type Death = "closed" | "aborted" | "killed";

interface Settings {
  kind: Kind;
  death: Death;
  /** Those that can be run. */
  list: readonly Scenario[];
}

/** Objects that die while nobody is connected, in this way. Those that are killed run one after the other: they share the process. */
export function dying({ kind, death, list }: Settings): ServerUnderTest {
  const place = new Place(kind, list);
  let runs = 0;
  return {
    name: `${kind.name}, ${death} before what happens while nobody is there`,
    ...(death === "killed" && { concurrency: 1 }),
    accepts: (scenario) => list.includes(scenario) && kind.excluded?.[scenario.name] === undefined,
    start: (scenario) => place.start(death, scenario, `run-${++runs}`),
    dispose: () => place.dispose(),
  };
}

class Place {
  readonly #folder = mkdtempSync(join(tmpdir(), "dying-"));
  readonly #source: string;
  readonly #classes: Record<string, string>;
  #worker: Promise<RunningWorker> | undefined;

  constructor(kind: Kind, list: readonly Scenario[]) {
    const numbers = list.map((scenario) => ALL.indexOf(scenario));
    this.#source = kind.makeSource(true, numbers);
    const classes = numbers.map((number) => [bindingOf(number), classOf(number)]);
    this.#classes = Object.fromEntries(classes);
  }

  async start(death: Death, scenario: Scenario, name: string): Promise<RunningServer> {
    // Where it starts again, too, and nobody else has come meanwhile.
    this.#worker ??= findPort().then((port) => this.#startWorker(port));
    const { url } = await this.#worker;
    const binding = bindingOf(ALL.indexOf(scenario));
    const pathPrefix = `/${binding}/${name}`;
    /** What was logged by processes that are gone. */
    const logged: Entry[] = [];
    const fetchLog = async () => {
      const response = await fetch(`${url}${pathPrefix}/${LOG_PATH}`);
      return [...logged, ...((await response.json()) as Entry[])];
    };
    const die = async (): Promise<void> => {
      if (death !== "closed") await delay(WRITTEN);
      if (death === "killed") {
        logged.splice(0, logged.length, ...(await fetchLog()));
        await this.#restart();
      } else if (death === "aborted") {
        await fetch(`${url}${pathPrefix}/${ABORT_PATH}`).then((answer) => answer.text());
      } else {
        const { evict } = (await this.#worker) as RunningWorker;
        await evict(name, "close", binding).catch(ignoreAbsence);
      }
    };
    return {
      url,
      pathPrefix,
      fetchLog,
      async beforeEvent(isAnybodyThere) {
        if (isAnybodyThere) return false;
        await die();
        return true;
      },
      stop: async () => {},
    };
  }

  /** On the same port, for the clients have its address. */
  async #restart(): Promise<void> {
    const before = (await this.#worker) as RunningWorker;
    const port = Number(new URL(before.url).port);
    await before.kill();
    this.#worker = this.#startWorker(port);
    await this.#worker;
  }

  #startWorker(port: number): Promise<RunningWorker> {
    return startWorker({
      entry: { source: this.#source },
      classes: this.#classes,
      compatibilityFlags: ["nodejs_compat"],
      persist: this.#folder,
      port,
    });
  }

  async dispose(): Promise<void> {
    await (await this.#worker)?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
