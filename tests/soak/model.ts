/** What must be true of a Socket.IO server, in the simplest form: who is in which room, who gets what. */

/** One client as the model sees it. */
export interface ModelClient {
  readonly id: string;
  readonly name: string;
  readonly rooms: Set<string>;
  count: number;
  /** What it must have got, and what it has got: `<event> <number>`. */
  readonly expected: string[];
  readonly received: string[];
}

export class Model {
  readonly clients = new Map<string, ModelClient>();
  #next = 0;

  connect(id: string, name: string): ModelClient {
    const rooms = new Set([id]);
    const client = { id, name, rooms, count: 0, expected: [], received: [] };
    this.clients.set(id, client);
    return client;
  }

  /** A number for the next emit, with which it is told from all others. */
  number(): number {
    return this.#next++;
  }

  /** An emit to the members of any of these rooms without those of others. */
  emit(what: string, rooms: readonly string[], except: readonly string[]): void {
    for (const client of this.clients.values()) {
      const isMeant = rooms.length === 0 || rooms.some((room) => client.rooms.has(room));
      if (isMeant && !except.some((room) => client.rooms.has(room))) client.expected.push(what);
    }
  }

  /** Who is in which rooms, in a form that can be compared. */
  get state(): [string, string[]][] {
    return [...this.clients.values()].map(({ id, rooms }) => [id, [...rooms].sort()]);
  }

  /** Clients that lack something that they must have got. */
  get waiting(): ModelClient[] {
    return [...this.clients.values()].filter(
      ({ expected, received }) => received.length < expected.length,
    );
  }
}
