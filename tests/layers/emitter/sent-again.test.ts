// A signed message that somebody has seen, sent again: refused as long as its signature is good for anything.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Server } from "../../../durable-objects/node/index.ts";
import { EmitterCalls } from "../../../durable-objects/shared/object/emitter-calls.ts";
import { METHOD } from "../../../glue/adapter/calls/calls.ts";
import { routeEmitter } from "../../../layers/emitter/index.ts";
import { readSecret, sign } from "../../../layers/emitter/wire/signature.ts";
import { CountedStorage } from "../../support/counted-storage.ts";

const secret = "a secret that only these tests have";
const body = JSON.stringify({ calls: [{ kind: "broadcast", data: ["news"] }] });

/** A request that is signed at this time, in seconds. */
async function signedAt(time: number): Promise<Record<string, string>> {
  const content = { id: "a-message", time, body: new TextEncoder().encode(body) };
  return {
    "webhook-id": content.id,
    "webhook-timestamp": `${time}`,
    "webhook-signature": await sign(readSecret(secret), content),
  };
}

/** A server that performs calls as those in objects do, here where three minutes are a moment: workerd has no other clock. */
function namespaceOfOne() {
  const calls = new EmitterCalls(new Server(), new CountedStorage(), undefined);
  const object = { [METHOD]: (message: unknown) => calls.perform(calls.check(message)) };
  return { idFromName: (name: string) => name, get: () => object };
}

/** What is answered from one second to another, a quarter of a second apart, by what is sent each time. */
async function statuses(
  t: TestContext,
  headers: Record<string, string>,
  first: Record<string, string>,
): Promise<Set<number>> {
  const namespace = namespaceOfOne();
  const post = async (its: Record<string, string>): Promise<number> => {
    const request = new Request("https://example.com/emit", { method: "POST", headers: its, body });
    return ((await routeEmitter(request, namespace, { secret })) as Response).status;
  };
  const start = 1_800_000_000_000;
  t.mock.timers.enable({ apis: ["Date"], now: start });
  assert.equal(await post(first), 200);
  const all = new Set<number>();
  for (let passed = 30_000; passed < 200_000; passed += 250) {
    t.mock.timers.setTime(start + passed);
    all.add(await post(headers));
  }
  return all;
}

test("what was sent once is refused, also in the last second of its signature", async (t) => {
  const message = await signedAt(1_800_000_000);
  assert.deepEqual(await statuses(t, message, message), new Set([409, 401]));
});

test("what its sender had sent again, because the answer was lost, is refused as long as that one's signature lasts", async (t) => {
  const [first, again] = [await signedAt(1_800_000_000), await signedAt(1_800_000_028)];
  assert.deepEqual(await statuses(t, again, first), new Set([409, 401]));
});

test("a sender's clock may be ahead", async (t) => {
  const message = await signedAt(1_800_000_059);
  assert.deepEqual(await statuses(t, message, message), new Set([409, 401]));
});
