/** A request's query is what `URLSearchParams` makes of it, the last of several values. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseQuery } from "../../../../durable-objects/shared/handshake/query.ts";

const QUERIES = [
  "",
  "?",
  "?EIO=4&transport=polling&t=abc123&sid=lv_VI97HAXpY6yYWAAAB",
  "?b64",
  "?a=1&&b=&=c&d",
  "?a=1&a=2&a=3",
  "?a=b=c?d",
  "?name=J%C3%BCrgen+M&rest=%2B%26%3D",
  "?broken=%E0%A4%A",
  "?__proto__=1&a=2",
  "?a=1#b=2&c=%20",
];

for (const query of QUERIES) {
  test(`a query: ${query}`, () => {
    const url = `/socket.io/${query}`;
    const expected = Object.fromEntries(new URL(url, "http://localhost").searchParams);
    assert.deepEqual(parseQuery(url), expected);
    assert.deepEqual(parseQuery(`http://localhost${url}`), expected);
  });
}

test("the name of an object's prototype is a parameter as any other", () => {
  const query = parseQuery("/?__proto__=1");
  assert.equal(Object.getPrototypeOf(query), Object.prototype);
  assert.deepEqual(Object.keys(query), ["__proto__"]);
});
