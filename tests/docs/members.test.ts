// What applications call is described where it is declared: a sentence, and an example for what is called.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** Files with classes of the API, or with what these inherit. */
const FILES = [
  "adapter/rooms/adapter.ts",
  "sleep/server-state/schedule.ts",
  "socket.io/listeners/any-listeners.ts",
  "socket.io/emitting/broadcast-emitter.ts",
  "socket.io/emitting/broadcast-operator.ts",
  "socket.io/server/namespace.ts",
  "socket.io/emitting/remote-socket.ts",
  "socket.io/emitting/room-emitter.ts",
  "socket.io/server/server.ts",
  "socket.io/server/socket.ts",
  "socket.io/server/socket-session.ts",
];

/** Described once for all classes that have them. */
const SHARED = new Set(members(read("socket.io/emitting/operators.ts")).map(({ name }) => name));

/** Called by adapters, not by applications; or what an example would say no more of than the name. */
const WITHOUT_EXAMPLE = new Set([
  ...["allSockets", "close", "connectTimeout", "leaveAll", "notifyOutgoingListeners", "path"],
  ...["serveClient", "write", "listenersAny", "listenersAnyOutgoing", "createChild", "packet"],
]);

interface Member {
  name: string;
  isMethod: boolean;
  /** The comment above it. */
  comment: string;
}

function read(file: string): string {
  return readFileSync(new URL(`../../glue/${file}`, import.meta.url), "utf8");
}

/** The public members of the exported classes and interfaces of a file, overloads once. */
function members(source: string): Member[] {
  const found = new Map<string, Member>();
  const exported = source.split(/^(?=(?:export )?(?:abstract )?(?:class|interface|function) )/m);
  const pattern =
    /(?<comment>^ {2}\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?^ {2}(?:abstract |readonly |async |(?<getter>get )|override )*(?<name>[a-z]\w*)[!?]?(?<next>[(<:])/gm;
  for (const part of exported.filter((text) => text.startsWith("export"))) {
    for (const { groups } of part.matchAll(pattern)) {
      const {
        comment = "",
        name = "",
        getter,
        next,
      } = groups as Record<string, string | undefined>;
      if (name === "constructor" || comment.includes("@internal") || found.has(name)) continue;
      found.set(name, { name, isMethod: next !== ":" && getter === undefined, comment });
    }
  }
  return [...found.values()];
}

test("the operators are described, each with an example", () => {
  assert.ok(SHARED.size >= 11);
  for (const { name, comment } of members(read("socket.io/emitting/operators.ts"))) {
    assert.match(comment, name === "allSockets" ? /@deprecated/ : /@example/, name);
  }
});

for (const file of FILES) {
  test(file, () => {
    const own = members(read(file)).filter(({ name }) => !SHARED.has(name));
    assert.ok(own.length > 0 || file.endsWith("room-emitter.ts"));
    for (const { name, isMethod, comment } of own) {
      assert.notEqual(comment, "", name);
      if (!isMethod || WITHOUT_EXAMPLE.has(name) || file.startsWith("adapter/")) continue;
      if (!/The same as `/.test(comment)) assert.match(comment, /@example/, name);
    }
  });
}
