import type { Phases } from "./load/commands.ts";

/** How much a run measures. */
export interface Settings {
  readonly quick: boolean;
  /**
   * Rounds in which every target takes one sample of each measure. Many short ones: a machine's speed
   * changes within seconds, and a ratio is as good as its two samples are close in time.
   */
  readonly repetitions: number;
  /** Milliseconds for which the load runs on one target before it is the next one's turn, within a round. */
  readonly turn: number;
  /** Rounds of the memory measure, which needs a fresh server for each sample. */
  readonly memoryRepetitions: number;
  readonly echo: { readonly connections: number; readonly phases: Phases };
  /** Of `connections` one sends each `interval` milliseconds. */
  readonly pace: {
    readonly repetitions: number;
    readonly connections: number;
    readonly interval: number;
    readonly phases: Phases;
  };
  readonly broadcast: { readonly members: number; readonly phases: Phases };
  readonly connect: {
    readonly warmUp: number;
    readonly connections: number;
    readonly concurrency: number;
    /** Connections that one target opens before it is the next one's turn, within a round. */
    readonly turn: number;
  };
  readonly memory: {
    readonly warmUp: number;
    readonly connections: number;
    readonly concurrency: number;
    /** Milliseconds of rest before each reading. */
    readonly settle: number;
  };
  readonly wake: {
    /** Rounds of the wake measures, which take long to set up. */
    readonly repetitions: number;
    /** Measures with more connections than this are left out. */
    readonly connections: number;
    /** Times that the object is put to sleep for one sample. */
    readonly sleeps: number;
  };
  readonly heartbeat: { readonly repetitions: number; readonly connections: number };
  /** Rounds of new objects, and objects of a round. */
  readonly start: { readonly repetitions: number; readonly objects: number };
  /**
   * Sizes of the crowds in one object. workerd needs two file descriptors for a WebSocket, and a process has 20,000
   * in many places; all of them together need fewer ports than there are for a minute.
   */
  readonly crowds: readonly number[];
  /** Milliseconds of idleness in which wakes are counted; 0 leaves it out. */
  readonly idle: number;
  /** Clients that come back together, and lost sessions that are weighed. */
  readonly recovery: { readonly clients: number; readonly lost: number };
  /** Blocks of decoded messages per codec, and messages per block. */
  readonly codec: { readonly repetitions: number; readonly messages: number };
}

/** For the figures that are published. */
export const FULL: Settings = {
  quick: false,
  repetitions: 30,
  turn: 50,
  memoryRepetitions: 3,
  echo: { connections: 50, phases: { warmUp: 150, window: 500 } },
  pace: { repetitions: 8, connections: 50, interval: 60, phases: { warmUp: 300, window: 3000 } },
  broadcast: { members: 500, phases: { warmUp: 150, window: 500 } },
  connect: { warmUp: 20, connections: 300, concurrency: 10, turn: 50 },
  memory: { warmUp: 10, connections: 1000, concurrency: 10, settle: 3000 },
  wake: { repetitions: 7, connections: 5000, sleeps: 5 },
  heartbeat: { repetitions: 3, connections: 5000 },
  start: { repetitions: 15, objects: 20 },
  crowds: [2000, 4000, 6000, 9000],
  idle: 60_000,
  recovery: { clients: 1000, lost: 10_000 },
  codec: { repetitions: 15, messages: 200_000 },
};

/** For development: the same work, too short for figures that anyone should rely on. */
export const QUICK: Settings = {
  quick: true,
  repetitions: 5,
  turn: 50,
  memoryRepetitions: 1,
  echo: { connections: 50, phases: { warmUp: 100, window: 300 } },
  pace: { repetitions: 2, connections: 50, interval: 60, phases: { warmUp: 300, window: 1000 } },
  broadcast: { members: 500, phases: { warmUp: 100, window: 300 } },
  connect: { warmUp: 20, connections: 100, concurrency: 10, turn: 50 },
  memory: { warmUp: 10, connections: 1000, concurrency: 10, settle: 1000 },
  wake: { repetitions: 2, connections: 1000, sleeps: 3 },
  heartbeat: { repetitions: 1, connections: 1000 },
  start: { repetitions: 3, objects: 10 },
  crowds: [500, 1000],
  idle: 0,
  recovery: { clients: 200, lost: 1000 },
  codec: { repetitions: 7, messages: 50_000 },
};

/** One round that is thrown away: compiled code and grown heaps before the first sample. */
export const WARM_UP: Settings = {
  ...QUICK,
  repetitions: 1,
  echo: { connections: 50, phases: { warmUp: 0, window: 2000 } },
  pace: { ...QUICK.pace, repetitions: 0 },
  broadcast: { members: 500, phases: { warmUp: 0, window: 2000 } },
  connect: { warmUp: 0, connections: 1000, concurrency: 10, turn: 50 },
  wake: { repetitions: 1, connections: 1000, sleeps: 3 },
};
