/**
 * Three servers of npm `socket.io` that are one, by the `ClusterAdapter` of `socket.io-adapter`: what shards are
 * compared with. What they say to each other arrives as data, in order, and not at once.
 */
import { ClusterAdapter, type ClusterMessage, type ClusterResponse } from "socket.io-adapter";
import { type Oracle, startOracle } from "../../support/oracle.ts";
import { encodeEntry } from "../harness/encode.ts";
import type { RunningServer, ServerUnderTest } from "../harness/server-under-test.ts";
import type { Entry, Scenario } from "../scenario.ts";

/** How many servers there are, and shards. */
export const SERVERS = 3;

/** How long what servers say to each other may take, in milliseconds. */
export const ON_ITS_WAY = 25;

/** Three servers of npm `socket.io` that are one. */
export const clusterOracle: ServerUnderTest = {
  name: "oracle cluster",
  accepts: () => true,
  async start(scenario: Scenario): Promise<RunningServer> {
    const bus = new Map<string, BusAdapter[]>();
    const logs: Entry[][] = [];
    const servers: Oracle[] = [];
    for (let index = 0; index < SERVERS; index++) {
      const entries: Entry[] = [];
      logs.push(entries);
      const adapter = (nsp: { name: string }) => new BusAdapter(nsp, bus);
      // Called with `new`, whatever it is.
      const options = { ...scenario.options, adapter: constructible(adapter) as never };
      servers.push(
        await startOracle(options, (io) => {
          scenario.server(io, (event, ...values) => void entries.push(encodeEntry(event, values)));
        }),
      );
    }
    const placeOf = (client: number) => ({
      url: (servers[client % SERVERS] as Oracle).url,
      pathPrefix: "",
    });
    return {
      ...placeOf(0),
      placeOf,
      settle: () => new Promise((resolve) => setTimeout(resolve, ON_ITS_WAY)),
      fetchLog: async () => logs.flat(),
      stop: async () => {
        await Promise.all(servers.map(({ stop }) => stop()));
      },
    };
  },
  dispose: async () => {},
};

function constructible<Result extends object>(make: (nsp: { name: string }) => Result) {
  return function (this: unknown, nsp: { name: string }): Result {
    return make(nsp);
  };
}

class BusAdapter extends ClusterAdapter {
  readonly #members: BusAdapter[];

  constructor(nsp: { name: string }, bus: Map<string, BusAdapter[]>) {
    super(nsp);
    this.#members = bus.get(nsp.name) ?? [];
    this.#members.push(this);
    bus.set(nsp.name, this.#members);
  }

  override serverCount(): Promise<number> {
    return Promise.resolve(SERVERS);
  }

  override close(): void {
    this.#members.splice(this.#members.indexOf(this), 1);
  }

  protected override async doPublish(message: ClusterMessage): Promise<string> {
    const others = this.#members.filter((member) => member !== this);
    for (const member of others) deliver(() => member.onMessage(structuredClone(message)));
    return "";
  }

  protected override async doPublishResponse(to: string, response: ClusterResponse): Promise<void> {
    const member = this.#members.find(({ uid }) => uid === to);
    deliver(() => member?.onResponse(structuredClone(response)));
  }
}

function deliver(run: () => void): void {
  setImmediate(run);
}
