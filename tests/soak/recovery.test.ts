/**
 * Clients that are lost and come back at random, against a model: what was sent to them must have come
 * once, in order, and nothing that was sent to others; whatever happened to their object. Only who was there when
 * it was killed in the middle of a batch may have to begin anew. `npm run soak -- recovery` is the long form.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Socket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../support/miniflare.ts";
import { connect, next } from "../support/stock-client.ts";
import { Random } from "./random.ts";

const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? Date.now() % 2 ** 31);
const seconds = Number(process.env.DORMOUSE_SOAK ?? 0);
const CLIENTS = seconds > 0 ? 1_000 : 30;
const ROOMS = ["red", "green", "blue"];
/** Longer than writes are put off, on a machine that is busy with a thousand clients. */
const WRITTEN = 1_500;
const PATIENCE = 60_000;
/** So many come back at once. */
const TOGETHER = 100;

interface Client {
  socket: Socket;
  id: string;
  rooms: string[];
  /** What it got, and what it should have. */
  got: number[];
  due: number[];
  isAway: boolean;
  /** Whether it may have missed something that nobody knows. */
  mayBeginAnew: boolean;
}

class RecoverySoak {
  readonly report: Record<string, number> = {};
  readonly #random = new Random(seed);
  readonly #clients: Client[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "soak-recovery-"));
  readonly #binding: string;
  #worker!: RunningWorker;
  #number = 0;
  /** Lately. */
  #happened: string[] = [];

  /** `binding`: of a class of recovery.worker.ts. */
  constructor(binding: "PATIENT" | "STRICT") {
    this.#binding = binding;
  }

  async run(milliseconds: number): Promise<void> {
    await this.#start();
    try {
      await Promise.all(Array.from({ length: CLIENTS }, () => this.#join()));
      const end = Date.now() + milliseconds;
      while (Date.now() < end) await this.#step();
      await this.#bringAllBack();
    } finally {
      for (const { socket } of this.#clients) socket.close();
      await this.#worker.stop();
      rmSync(this.#folder, { recursive: true });
    }
  }

  async #start(): Promise<void> {
    this.#worker = await startWorker({
      entry: new URL("../durable-objects/cloudflare/recovery.worker.ts", import.meta.url),
      classes: { PATIENT: "Patient", STRICT: "StrictPatient" },
      compatibilityFlags: ["nodejs_als"],
      persist: this.#folder,
    });
  }

  async #step(): Promise<void> {
    const chance = this.#random.next();
    const client = this.#random.pick(this.#clients);
    if (chance < 0.5) await this.#emit();
    else if (chance < 0.65) this.#lose(client);
    else if (chance < 0.9) await this.#comeBack(client);
    else if (chance < 0.93) await this.#comeBackTogether();
    else if (chance < 0.97) await this.#sleep();
    else await this.#die();
  }

  #count(what: string): void {
    if (what !== "return") this.#happened = [...this.#happened.slice(-9), what];
    this.report[what] = (this.report[what] ?? 0) + 1;
  }

  #open(before?: Client): Socket {
    const rooms = before?.rooms ?? ROOMS.filter(() => this.#random.next() < 0.5);
    const socket = connect(this.#worker.url, "", {
      query: { object: "soak", class: this.#binding },
      auth: { rooms },
      reconnection: false,
    });
    if (before !== undefined) {
      const { _pid, _lastOffset } = before.socket as unknown as Record<string, unknown>;
      Object.assign(socket, { _pid, _lastOffset });
    }
    return socket;
  }

  async #join(): Promise<void> {
    const socket = this.#open();
    const { rooms } = socket.auth as { rooms: string[] };
    const client: Client = {
      socket,
      id: "",
      rooms,
      got: [],
      due: [],
      isAway: false,
      mayBeginAnew: false,
    };
    this.#listen(client, socket);
    await next(socket, "connect");
    client.id = socket.id as string;
    this.#clients.push(client);
  }

  #listen(client: Client, socket: Socket): void {
    socket.on("number", (number, bytes) => {
      // What an old connection gets when another has taken over is nobody's.
      if (client.socket !== socket) return;
      assert.deepEqual([...new Uint8Array(bytes)], [number % 256]);
      client.got.push(number);
    });
  }

  async #ask(what: string): Promise<void> {
    await fetch(
      `${this.#worker.url}/~${what}${what.includes("?") ? "&" : "?"}object=soak&class=${this.#binding}`,
    )
      .then((response) => response.text())
      .catch(() => {});
  }

  /** To everybody, to a room, or to a socket. */
  async #emit(): Promise<void> {
    this.#count("emit");
    const targets = ["", ...ROOMS, this.#random.pick(this.#clients).id];
    const room = this.#random.pick(targets);
    const count = 1 + this.#random.below(4);
    const first = this.#number + 1;
    this.#number += count;
    for (const client of this.#clients) {
      if (room !== "" && room !== client.id && !client.rooms.includes(room)) continue;
      for (let number = first; number <= this.#number; number++) client.due.push(number);
    }
    await this.#ask(`emit?room=${room}&numbers=${first}-${this.#number}`);
  }

  #lose(client: Client): void {
    if (client.isAway) return;
    client.isAway = true;
    const { engine } = client.socket.io;
    if (this.#random.next() < 0.5) {
      this.#count("loss");
      engine.close();
      return;
    }
    // Without a closing handshake.
    this.#count("cut");
    (engine.transport as unknown as { ws: { terminate(): void } }).ws.terminate();
  }

  /** Whoever is not away takes over from an old connection that nobody misses yet. */
  async #comeBack(client: Client): Promise<void> {
    this.#count(client.isAway ? "return" : "take-over");
    const old = client.socket;
    client.socket = this.#open(client);
    this.#listen(client, client.socket);
    old.removeAllListeners();
    await next(client.socket, "connect");
    client.isAway = false;
    old.close();
    if (client.mayBeginAnew && !client.socket.recovered) {
      this.#count("anew");
      client.id = client.socket.id as string;
      client.got.length = 0;
      client.due.length = 0;
    }
    client.mayBeginAnew = false;
    assert.equal(client.socket.id, client.id, `began anew; what happened last: ${this.#happened}`);
    await this.#compare(client);
  }

  /** As after a loss that all of them had. */
  async #comeBackTogether(): Promise<void> {
    const away = this.#clients.filter(({ isAway }) => isAway);
    await Promise.all(away.slice(0, TOGETHER).map((client) => this.#comeBack(client)));
  }

  async #compare(client: Client): Promise<void> {
    const end = Date.now() + PATIENCE;
    while (client.got.length < client.due.length && Date.now() < end) await delay(10);
    assert.deepEqual(client.got, client.due);
    client.got.length = 0;
    client.due.length = 0;
  }

  async #sleep(): Promise<void> {
    const mode = this.#random.next() < 0.5 ? "hibernate" : "close";
    this.#count(mode);
    // It must be there.
    await this.#ask("told");
    await this.#worker.evict("soak", mode, this.#binding);
    if (mode === "close") this.#loseAll();
  }

  /** After a pause, or in the middle of something: where writes are put off that makes a difference. */
  async #die(): Promise<void> {
    const isPaused = this.#random.next() < 0.5;
    this.#count(isPaused ? "pause" : "haste");
    if (isPaused) await delay(WRITTEN);
    else for (let count = 0; count < 10; count++) await this.#emit();
    if (this.#random.next() < 0.6) {
      this.#count("abort");
      await this.#ask("abort");
    } else {
      this.#count("kill");
      await this.#worker.kill();
      await this.#start();
    }
    this.#loseAll();
    if (isPaused || this.#binding === "STRICT") return;
    for (const client of this.#clients) client.mayBeginAnew = true;
  }

  #loseAll(): void {
    for (const client of this.#clients) client.isAway = true;
  }

  async #bringAllBack(): Promise<void> {
    for (const client of this.#clients) if (!client.isAway) await this.#compare(client);
    while (this.#clients.some(({ isAway }) => isAway)) await this.#comeBackTogether();
  }
}

for (const binding of ["PATIENT", "STRICT"] as const) {
  test(`random losses against a model, ${binding}, seed ${seed}`, async (context) => {
    const soak = new RecoverySoak(binding);
    await soak.run(seconds > 0 ? seconds * 500 : 5_000);
    context.diagnostic(JSON.stringify(soak.report));
  });
}
