// The helper, sentence by sentence, on every host, asleep before every event.
import { after, describe, test } from "node:test";
import { ClientContext } from "../../scenarios/harness/context.ts";
import { ALL } from "./all.ts";
import { node, objects } from "./hosts.ts";

/** Rules under way at the same time: enough to hide their waiting, few enough for two cores. */
const CONCURRENCY = 6;

const hosts = [
  node(false),
  node(true),
  objects("durable objects"),
  objects("partyserver"),
  objects("partykit"),
];

for (const host of hosts) {
  describe(`auth on ${host.name}`, { concurrency: CONCURRENCY }, () => {
    after(() => host.dispose());
    for (const rule of ALL) {
      test(rule.name, async () => {
        const running = await host.start(rule);
        const context = new ClientContext(running);
        try {
          await rule.client(context);
          await context.finish();
        } finally {
          context.dispose();
          await running.stop();
        }
      });
    }
  });
}
