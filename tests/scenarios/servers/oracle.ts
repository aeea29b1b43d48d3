/** npm `socket.io` on Node: what every other server is compared with. */
import { startOracle } from "../../support/oracle.ts";
import { encodeEntry } from "../harness/encode.ts";
import type { RunningServer, ServerUnderTest } from "../harness/server-under-test.ts";
import type { Entry, Scenario } from "../scenario.ts";

/** npm `socket.io` on Node. */
export const oracle: ServerUnderTest = {
  name: "oracle",
  accepts: () => true,
  async start(scenario: Scenario): Promise<RunningServer> {
    const entries: Entry[] = [];
    const { url, stop } = await startOracle(scenario.options ?? {}, (io) => {
      scenario.server(io, (event, ...values) => void entries.push(encodeEntry(event, values)));
    });
    return { url, pathPrefix: "", fetchLog: async () => [...entries], stop };
  },
  dispose: async () => {},
};
