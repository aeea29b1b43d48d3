// Stores of sessions in Workers KV and in memory, and passwords that are none.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { Miniflare } from "miniflare";
import {
  createSessions,
  kvStore,
  memoryStore,
  objectStore,
} from "../../../layers/router/session/index.ts";

const PASSWORD = "a password for tests that is long enough";

const mf = new Miniflare({
  modules: true,
  script: "export default { fetch: () => new Response() }",
  kvNamespaces: ["KV"],
  cf: false,
});
after(() => mf.dispose());

const request = (cookie = "") => ({ headers: new Headers({ cookie }) });

test("sessions in Workers KV: kept, with KV's own expiry, and ended", async () => {
  const namespace = await mf.getKVNamespace("KV");
  const sessions = createSessions<{ user: string }>({
    password: PASSWORD,
    store: kvStore(namespace as never),
    ttl: 10,
  });
  const { session, commit } = await sessions.of(request());
  const headers = new Headers();
  session.user = "Ada";
  await commit(headers);
  const [cookie = ""] = (headers.get("set-cookie") ?? "").split(";");
  const { keys } = await namespace.list();
  assert.deepEqual(
    keys.map(({ name }) => name),
    [`session:${session.id}`],
  );
  // KV takes no shorter time than a minute; the session itself ends by its own.
  const expiration = Number(keys[0]?.expiration) - Date.now() / 1000;
  assert.ok(expiration > 50 && expiration <= 61, `${expiration}`);
  const again = await sessions.of(request(cookie));
  assert.equal(again.session.user, "Ada");
  await again.session.destroy();
  assert.equal((await sessions.of(request(cookie))).session.user, undefined);
});

test("a request that has only looked keeps a session for longer, with what another has written meanwhile", async () => {
  const hour = 3_600_000;
  const store = memoryStore();
  const sessions = createSessions<{ user: string }>({ password: PASSWORD, store, ttl: 3600 });
  const { session, commit } = await sessions.of(request());
  const headers = new Headers();
  session.user = "Ada";
  await commit(headers);
  const [cookie = ""] = (headers.get("set-cookie") ?? "").split(";");
  const expires = Date.now() + 0.2 * hour;
  await store.set(session.id, { data: { user: "Ada" }, expires });
  const looking = await sessions.of(request(cookie));
  await store.set(session.id, { data: { user: "another's" }, expires });
  await looking.commit(new Headers());
  const stored = await store.get(session.id);
  assert.deepEqual(stored?.data, { user: "another's" });
  assert.ok(Number(stored?.expires) > expires);
});

/** An object's storage, in the order of its keys. */
function storageInMemory() {
  const values = new Map<string, unknown>();
  return {
    values,
    get: async (key: string) => values.get(key),
    put: async (key: string, value: unknown) => void values.set(key, value),
    delete: async (keys: string[]) => {
      assert.ok(keys.length <= 128);
      for (const key of keys) values.delete(key);
    },
    list: async ({ start = "", limit }: { start?: string; limit: number }) => {
      const found = [...values].filter(([key]) => key >= start).sort();
      return new Map(found.slice(0, limit));
    },
  };
}

test("an object that sleeps after every write forgets what has expired all the same, wherever it is", async () => {
  const storage = storageInMemory();
  const count = 2_000;
  const kept = ["0", "7", "f"];
  for (const id of kept) {
    const expires = Date.now() + 3_600_000;
    await objectStore(storage).set(id, { data: {}, expires });
  }
  for (let life = 0; life < 2 * count; life++) {
    await objectStore(storage).set(randomUUID(), { data: {}, expires: Date.now() - 1 });
  }
  assert.ok(storage.values.size < count, `${storage.values.size} are there`);
  for (const id of kept) assert.ok(storage.values.has(`session:${id}`));
});

test("the memory store forgets the oldest first", async () => {
  const store = memoryStore(2);
  const expires = Date.now() + 1000;
  for (const id of ["a", "b", "a", "c"]) await store.set(id, { data: { id }, expires });
  assert.deepEqual(
    [await store.get("a"), await store.get("b"), await store.get("c")],
    [{ data: { id: "a" }, expires }, undefined, { data: { id: "c" }, expires }],
  );
});

test("a password that is missing or short is refused; several can be changed", async () => {
  const store = memoryStore();
  for (const password of [undefined, "", "short", {}, { 1: PASSWORD, 2: "short" }]) {
    assert.throws(() => createSessions({ password: password as string, store }), {
      name: "TypeError",
      message: /sessions need a password of at least 32 characters: is the secret set\?/,
    });
  }
  const cookieBy = async (password: string | Record<string, string>) => {
    const { session, commit } = await createSessions<{ user: string }>({ password, store }).of(
      request(),
    );
    session.user = "Ada";
    const headers = new Headers();
    await commit(headers);
    return (headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  };
  const changed = createSessions<{ user: string }>({
    password: { 1: PASSWORD, 2: `another ${PASSWORD}` },
    store,
  });
  const seen = await changed.of(request(await cookieBy(PASSWORD)));
  assert.equal(seen.session.user, "Ada");
  const old = createSessions<{ user: string }>({ password: PASSWORD, store });
  const byNew = await cookieBy({ 1: PASSWORD, 2: `another ${PASSWORD}` });
  assert.equal((await old.of(request(byNew))).session.user, undefined);
});
