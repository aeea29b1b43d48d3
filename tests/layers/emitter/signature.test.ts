// Signatures of messages: which are taken, and what those cost that are not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readSecret, sign, verify } from "../../../layers/emitter/wire/signature.ts";

const secrets = ["a secret of these tests", "another one of these tests"].map(readSecret);
const message = { id: "a-message", time: 1_800_000_000, body: new Uint8Array(1_000).fill(97) };

/** A signature in base64, with some of its bytes changed. */
async function changed(change: (bytes: Uint8Array) => Uint8Array): Promise<string> {
  const [first] = secrets;
  assert.ok(first);
  const bytes = Buffer.from((await sign(first, message)).slice("v1,".length), "base64");
  return `v1,${Buffer.from(change(bytes)).toString("base64")}`;
}

test("one of ten by any of the secrets is taken; what is like it is not", async () => {
  const wrong = await changed((bytes) => bytes.fill(0));
  for (const secret of secrets) {
    const right = await sign(secret, message);
    const others = Array.from({ length: 9 }, () => wrong);
    assert.equal(await verify(secrets, message, [...others, right].join(" ")), true);
    assert.equal(await verify(secrets, message, [...others, wrong, right].join(" ")), false);
    assert.equal(await verify(secrets, { ...message, time: 1 }, right), false);
  }
  const like = [
    (bytes: Uint8Array) => bytes.subarray(0, -1),
    (bytes: Uint8Array) => Uint8Array.of(...bytes, 0),
    (bytes: Uint8Array) => Uint8Array.of(...bytes, ...bytes),
    (bytes: Uint8Array) => bytes.map((byte, at) => (at === 31 ? byte ^ 1 : byte)),
    () => new Uint8Array(),
  ];
  for (const change of like) {
    assert.equal(await verify(secrets, message, await changed(change)), false);
  }
  for (const text of ["", "v1,", "v1,?", "v2,AAAA", " "]) {
    assert.equal(await verify(secrets, message, text), false);
  }
});

test("many wrong signatures cost no more than one", async (t) => {
  const calls = (["sign", "verify", "digest"] as const).map((name) => {
    return t.mock.method(crypto.subtle, name).mock;
  });
  const wrong = await changed((bytes) => bytes.fill(0));
  const count = () => calls.reduce((sum, mock) => sum + mock.callCount(), 0);
  const before = count();
  assert.equal(before, 1);
  await verify(secrets, message, Array.from({ length: 10 }, () => wrong).join(" "));

  assert.equal(count() - before, secrets.length);
});
