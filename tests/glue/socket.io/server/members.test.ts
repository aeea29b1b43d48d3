// Every public member of upstream's classes is there, or docs/api.md says that it is not.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Socket as UpstreamConnection, Server as UpstreamEngine } from "engine.io";
import * as upstream from "socket.io";
import * as upstreamAdapter from "socket.io-adapter";
import { Connection } from "../../../../glue/engine/connections/connection.ts";
import { Engine } from "../../../../glue/engine/runtime/engine.ts";
import * as ours from "../../../../glue/socket.io/index.ts";
import { Client } from "../../../../glue/socket.io/server/client.ts";
import { ParentNamespace } from "../../../../glue/socket.io/server/parent-namespace.ts";
import { Server } from "../../../../glue/socket.io/server/server.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";

// biome-ignore lint/complexity/noBannedTypes: any class
type Class = Function & { prototype: object };

const require = createRequire(import.meta.url);
const folder = require.resolve("socket.io").replace(/index\.js$/, "");
const { BroadcastOperator, RemoteSocket } = require(`${folder}broadcast-operator.js`);
const { ParentNamespace: UpstreamParent } = require(`${folder}parent-namespace.js`);
const { Client: UpstreamClient } = require(`${folder}client.js`);
const page = readFileSync(new URL("../../../../docs/api.md", import.meta.url), "utf8");

/** TypeScript's `private`, which is no part of the API; by upstream's own declarations. */
const PRIVATE: Record<string, string[]> = {
  Server: ["extractFilename", "initEngine", "attachServe", "serve", "onconnection"],
  Namespace: ["run"],
  ParentNamespace: ["run"],
  Socket: [
    ...["buildHandshake", "registerAckCallback", "onevent", "ack", "onack", "ondisconnect"],
    ...["dispatch", "run", "newBroadcastOperator"],
  ],
  Client: ["setup", "connect", "doConnect", "ondata", "ondecoded", "onerror", "onclose", "destroy"],
  Adapter: ["apply", "computeExceptSids"],
  SessionAwareAdapter: ["apply", "computeExceptSids"],
  Engine: ["init", "cleanup", "prepare", "createTransport", "onWebSocket", "verify", "handshake"],
  Connection: [
    ...["onOpen", "onPacket", "onError", "schedulePing", "resetPingTimeout", "setTransport"],
    ...["onDrain", "clearTransport", "onClose", "sendPacket", "flush", "getAvailableUpgrades"],
    ...["closeTransport"],
  ],
};

/** Made in the constructor, or added by a host. */
const ELSEWHERE: Record<string, string[]> = {
  Server: ["listen", "attach"],
  Socket: ["conn"],
  Connection: ["readyState"],
  Engine: ["generateId"],
};

function members(type: Class): Set<string> {
  const names = new Set<string>();
  let prototype: object | null = type.prototype;
  while (prototype !== null && prototype !== Object.prototype) {
    for (const name of Object.getOwnPropertyNames(prototype)) names.add(name);
    prototype = Object.getPrototypeOf(prototype);
  }
  return names;
}

const CLASSES: [string, Class, Class][] = [
  ["Server", upstream.Server, Server],
  ["Namespace", upstream.Namespace, ours.Namespace],
  ["ParentNamespace", UpstreamParent, ParentNamespace],
  ["Socket", upstream.Socket, ours.Socket],
  ["BroadcastOperator", BroadcastOperator, ours.BroadcastOperator],
  ["RemoteSocket", RemoteSocket, ours.RemoteSocket],
  ["Client", UpstreamClient, Client],
  ["Adapter", upstreamAdapter.Adapter, ours.Adapter],
  ["SessionAwareAdapter", upstreamAdapter.SessionAwareAdapter, ours.SessionAwareAdapter],
  ["Engine", UpstreamEngine, Engine],
  ["Connection", UpstreamConnection, Connection],
];

for (const [name, theirs, own] of CLASSES) {
  test(`members of ${name}`, () => {
    const known = members(own);
    const exempt = [...(PRIVATE[name] ?? []), ...(ELSEWHERE[name] ?? [])];
    const missing = [...members(theirs)].filter(
      (member) => !known.has(member) && !exempt.includes(member) && !member.startsWith("_"),
    );
    const unexplained = missing.filter((member) => !page.includes(member));
    assert.deepEqual(unexplained, []);
  });
}

test("what instances have", () => {
  const { io } = new InMemoryServer(() => {});
  const [theirs, theirNamespace] = [new upstream.Server(), new upstream.Server().sockets];
  const internal = ["parentNsps", "parentNamespacesFromRegExp", "domain"];
  const missing = (object: object, own: object) =>
    Object.keys(object).filter(
      (key) =>
        !(key in own) &&
        !internal.includes(key) &&
        !/^_(events|max|path|conn|serve|par|adapter)/i.test(key),
    );
  assert.deepEqual(missing(theirs, io), []);
  assert.deepEqual(missing(theirNamespace, io.sockets), []);
});

test("the page names every public member of our classes", () => {
  const all = [
    Server,
    ours.Namespace,
    ours.Socket,
    ours.BroadcastOperator,
    ours.Adapter,
    ours.RemoteSocket,
  ];
  const named = (member: string) => new RegExp(`\\b${member}\\b`).test(page);
  for (const type of all) {
    const own = Object.getOwnPropertyNames(type.prototype);
    const unnamed = own.filter(
      (member) => member !== "constructor" && !member.startsWith("_") && !named(member),
    );
    assert.deepEqual(unnamed, [], type.name);
  }
});

test("what the page calls absent is absent", () => {
  const sections: [string, ...Class[]][] = [
    ["Server", Server],
    ["Namespace", ours.Namespace],
    ["Socket", ours.Socket],
    ["Adapter", ours.Adapter],
    ["io.engine and socket.conn", Engine, Connection],
  ];
  let count = 0;
  for (const [heading, ...classes] of sections) {
    const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
    const sentences = section.split(/\n|\. /).filter((sentence) => /\babsent\b/.test(sentence));
    for (const [, name = ""] of sentences.join("\n").matchAll(/`(?:engine\.)?(\w+)/g)) {
      count += 1;
      for (const type of classes) assert.ok(!(name in type.prototype), `${heading}: ${name}`);
    }
  }
  assert.ok(count >= 7, "some are");
});
