// The route for who has no binding: curl with openssl, and strangers.
import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { connect, next } from "../../support/stock-client.ts";
import { heardBy, join, name, objects, post, SECRET, worker } from "./running-route.ts";

interface Signed {
  body: string;
  id?: string;
  time?: number | string;
  secret?: string;
  signature?: string;
  path?: string;
}

const now = (): number => Math.floor(Date.now() / 1000);

/** Signed by Node's own means. */
function signedHeaders({
  body,
  id = randomUUID(),
  time = now(),
  secret = SECRET,
  signature,
}: Signed) {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : secret;
  const own = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64");
  return {
    "webhook-id": id,
    "webhook-timestamp": String(time),
    "webhook-signature": signature ?? `v1,${own}`,
  };
}

function send(signed: Signed) {
  return post(signedHeaders(signed), signed.body, signed.path);
}

const message = (...calls: object[]) => JSON.stringify({ name, calls });
const news = (n: number) => ({ kind: "broadcast", data: ["news", n] });

describe("the route", () => {
  test("takes what is signed, once, whether the object slept in between or not", async () => {
    const [a] = await join([]);
    const heard: unknown[] = [];
    a?.on("news", (n) => heard.push(n));
    const body = message(news(1));
    const headers = signedHeaders({ body });
    const first = await post(headers, body);
    assert.equal(first.status, 200);
    assert.deepEqual(JSON.parse(first.text), { version: 1, answers: [{}] });
    const again = [await post(headers, body)];
    await worker.evict(name);
    again.push(await post(headers, body));
    await worker.evict(name, "close");
    again.push(await post(headers, body));
    // The application may delete everything.
    await fetch(`${worker.url}/wipe?name=${encodeURIComponent(name)}`);
    await worker.evict(name, "close");
    again.push(await post(headers, body));
    // Signed anew, it is the same message all the same.
    again.push(await send({ body, id: headers["webhook-id"] }));
    for (const { status, text } of again) {
      assert.deepEqual([status, text], [409, "a message of this id has been performed"]);
    }
    assert.equal((await send({ body })).status, 200);
    assert.deepEqual(heard.slice(0, 2), [1]);
  });

  test("many messages: all are remembered after a sleep", async () => {
    await join([]);
    const body = message(news(1));
    const all = Array.from({ length: 200 }, () => signedHeaders({ body }));
    const answers = await Promise.all(all.map((headers) => post(headers, body)));
    assert.ok(answers.every(({ status }) => status === 200));
    await worker.evict(name);
    const again = await Promise.all(all.map((headers) => post(headers, body)));
    assert.deepEqual(new Set(again.map(({ status }) => status)), new Set([409]));
  });

  test("refuses, and says why: nothing is performed, and strangers wake nobody", async () => {
    const [a] = await join([]);
    const heard = heardBy(a);
    await worker.evict(name);
    const body = message(news(1));
    const { "webhook-id": id, ...headers } = signedHeaders({ body });
    const refused = async (
      status: number,
      why: RegExp,
      given: Promise<{ status: number; text: string }>,
    ) => {
      const { status: found, text } = await given;
      assert.deepEqual([found, why.test(text)], [status, true], text);
    };
    for (const header of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
      const { [header]: _, ...rest } = { ...headers, "webhook-id": id } as Record<string, string>;
      await refused(401, new RegExp(`header ${header} is missing`), post(rest, body));
    }
    await refused(
      401,
      /is not that of this message/,
      send({ body, secret: "another secret, as long" }),
    );
    await refused(401, /is not that/, post({ ...headers, "webhook-id": id }, `${body} `));
    await refused(401, /is not that/, post({ ...headers, "webhook-id": randomUUID() }, body));
    const later = String(now() + 1);
    await refused(
      401,
      /is not that/,
      post({ ...headers, "webhook-id": id, "webhook-timestamp": later }, body),
    );
    for (const signature of [
      "",
      "v1,",
      "v1,AAAA",
      "v1,%%%",
      "v2,AAAA",
      `v1a,${"A".repeat(5000)}`,
    ]) {
      await refused(401, /missing|is not that/, send({ body, signature: signature || " " }));
    }
    await refused(401, /\d+ seconds in the past: 60 are/, send({ body, time: now() - 62 }));
    await refused(401, /\d+ seconds in the future: 60 are/, send({ body, time: now() + 63 }));
    await assert.rejects(worker.evict(name), /not currently running/, "a stranger has woken it");
    await refused(400, /in seconds since/, send({ body, time: "soon" }));
    await refused(400, /in seconds since/, send({ body, time: "1e9" }));
    await refused(400, /1 to 64 letters/, send({ body, id: "a.b" }));
    await refused(400, /1 to 64 letters/, send({ body, id: "x".repeat(65) }));
    const wrong: [string, RegExp][] = [
      ["", /not a message in JSON/],
      ["{", /not a message in JSON/],
      ["null", /"calls" must be a list/],
      ["[]", /"calls" must be a list/],
      ['{"version":2,"calls":[]}', /"version" must be 1/],
      ['{"name":"","calls":[]}', /"name" must be/],
      ['{"calls":[{"kind":"broadcast","data":[{"$base64":"%"}]}]}', /not a message in JSON/],
      ['{"calls":[{"kind":"broadcast","data":[{"$map":1}]}]}', /not a message in JSON/],
      [message({ kind: "toString" }), /unknown kind/],
      [message({ kind: "broadcast", data: ["disconnect"] }), /wrong "data"/],
      [message(news(1), { kind: "broadcast", rooms: "lobby", data: ["x"] }), /wrong "rooms"/],
      [message({ kind: "serverSideEmit", data: ["connection"] }), /wrong "data"/],
      [JSON.stringify({ name, calls: [1, null, "x"] }), /unknown kind/],
    ];
    for (const [text, why] of wrong) await refused(400, why, send({ body: text }));
    const deep = `{"calls":[{"kind":"broadcast","data":["x",${"[".repeat(200_000)}${"]".repeat(200_000)}]}]}`;
    await refused(400, /./, send({ body: deep }));
    await refused(413, /at most 1000000 bytes/, send({ body: `"${"x".repeat(1_000_000)}"` }));
    await refused(413, /at most 400 bytes/, send({ body: `"${"x".repeat(400)}"`, path: "/small" }));
    const get = await fetch(`${worker.url}/emit`);
    assert.deepEqual([get.status, get.headers.get("allow")], [405, "POST"]);
    assert.equal((await send({ body, path: "/emit/" })).status, 404);
    assert.equal(
      (await send({ body: message(news(2), { kind: "broadcast", data: ["end"] }) })).status,
      200,
    );
    assert.deepEqual(await heard, [["news", 2]]);
  });

  test("a body without an end, or of a wrong length, is not waited for beyond its limit", async () => {
    const headers = signedHeaders({ body: "x" });
    let sent = 0;
    const endless = new ReadableStream({
      async pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(100));
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
    });
    const response = await fetch(`${worker.url}/small`, {
      method: "POST",
      headers,
      body: endless,
      duplex: "half",
    } as RequestInit);
    assert.equal(response.status, 413);
    assert.ok(sent < 1000);
  });

  test("a Worker's own mistakes are answered with 500 and logged once", async () => {
    for (const [path, why] of [
      ["/no-secret", /"secret" .* is the variable set\?/],
      ["/empty", /at least 16 bytes/],
      ["/short", /at least 16 bytes/],
      [
        "/no-slash",
        /routeEmitter: option "path" must be a path that starts with a slash, got "no-slash"/,
      ],
      ["/not-a-number", /routeEmitter: option "maxBytes" must be a positive number, got NaN/],
      ["/misspelt", /routeEmitter: unknown option "nam" \(did you mean "name"\?\)/],
    ] as const) {
      const before = worker.output.length;
      for (let n = 0; n < 2; n++) {
        const { status, text } = await send({ body: "{}", path });
        assert.deepEqual([status, why.test(text)], [500, true], text);
      }
      const logged = worker.output.slice(before);
      assert.ok(logged.split("dormouse:").length <= 2, logged);
    }
  });

  test("an object of the route's own choosing, and JSON as one writes it by hand", async () => {
    const client = connect(worker.url, "", { query: { name: "small" } });
    objects.closeLater(client);
    await next(client, "connect");
    const heard = next(client, "news");
    const body = '{"calls":[{"kind":"broadcast","data":["news",{"$base64":"AQI="}]}]}';
    assert.equal((await send({ body, path: "/small" })).status, 200);
    const [bytes] = (await heard) as [Uint8Array];
    assert.deepEqual([...bytes], [1, 2]);
  });
});
