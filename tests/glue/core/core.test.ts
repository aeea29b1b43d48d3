// The core's instance: strings, heads, lists and effects across the boundary.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as DisconnectReason from "../../../glue/core/abi/disconnect-reason.gen.ts";
import * as EffectKind from "../../../glue/core/abi/effect-kind.gen.ts";
import * as Fault from "../../../glue/core/abi/fault.gen.ts";
import * as HandshakeError from "../../../glue/core/abi/handshake-error.gen.ts";
import * as PacketType from "../../../glue/core/abi/packet-type.gen.ts";
import * as RoomChange from "../../../glue/core/abi/room-change.gen.ts";
import * as Status from "../../../glue/core/abi/status.gen.ts";
import { configDefaults } from "../../../glue/core/abi.gen.ts";
import type { CoreConfig } from "../../../glue/core/config.ts";
import { Core } from "../../../glue/core/core.ts";
import { Cores } from "../../../glue/core/cores.ts";
import type { ConnectEffect, DeliverEffect, Effect } from "../../../glue/core/effects.ts";
import { CoreError, CoreTrap } from "../../../glue/core/errors.ts";

const file =
  process.env.DORMOUSE_CORE_WASM ??
  fileURLToPath(new URL("../../../wasm/core.wasm", import.meta.url));
const module = new WebAssembly.Module(readFileSync(file));
const NOW = 1_700_000_000_000;
const ID = "abcdefghijklmnopqrst";

function makeCore(config: Partial<CoreConfig> = {}): Core {
  return new Core(module, config);
}

function findEffect<Found extends Effect>(effects: Effect[], kind: number): Found {
  const effect = effects.find((candidate) => candidate.kind === kind);
  assert.ok(effect, `no effect ${kind}`);
  return effect as Found;
}

/** Opens a connection and joins it to `name`. */
function join(core: Core, name = "/", id = `${ID}-session`) {
  const namespace = core.addNamespace(name);
  const connection = core.handleOpen(NOW, 4, ID);
  core.handleText(NOW, connection, name === "/" ? "40" : `40${name},`);
  const { session } = findEffect<ConnectEffect>(core.pollEffects(), EffectKind.connect);
  core.assign(session, namespace, id);
  core.admit(session, "");
  return { namespace, connection, session };
}

test("opening sends the handshake and tells the deadline", () => {
  const core = makeCore();
  const connection = core.handleOpen(NOW, 4, ID);
  const [send, deadline] = core.pollEffects();
  assert.equal(core.engineId(connection), ID);
  assert.equal(core.protocol(connection), 4);
  assert.ok(send?.kind === EffectKind.send);
  assert.deepEqual(JSON.parse(send.text.slice(1)), {
    sid: ID,
    upgrades: [],
    pingInterval: 25_000,
    pingTimeout: 20_000,
    maxPayload: 1_000_000,
  });
  assert.ok(deadline?.kind === EffectKind.deadline);
  assert.equal(deadline.time, NOW + 25_000);
});

test("effects are copies: they outlive the calls that follow", () => {
  const core = makeCore();
  core.handleOpen(NOW, 4, ID);
  const effects = core.pollEffects();
  const before = structuredClone(effects);
  for (let i = 0; i < 100; i++) core.handleOpen(NOW, 4, `${ID}${i}`);
  assert.deepEqual(effects, before);
});

test("a connection is asked about, admitted, and gets its events", () => {
  const core = makeCore();
  const namespace = core.addNamespace("/chat");
  const connection = core.handleOpen(NOW, 4, ID);
  const text = '40/chat,{"token":"é"}';
  core.handleText(NOW, connection, text);
  const connect = findEffect<ConnectEffect>(core.pollEffects(), EffectKind.connect);
  assert.equal(connect.namespace, namespace);
  assert.equal(connect.name, "/chat");
  assert.equal(text.slice(connect.offset), '{"token":"é"}');
  core.assign(connect.session, namespace, "the-id");
  core.admit(connect.session, "the-pid");
  const [answer] = core.pollEffects();
  assert.deepEqual(answer, {
    kind: EffectKind.send,
    connection,
    text: '40/chat,{"sid":"the-id","pid":"the-pid"}',
  });
  core.handleText(NOW, connection, '42/chat,12["a"]');
  assert.deepEqual(core.pollEffects(), [
    { kind: EffectKind.event, session: connect.session, ackId: 12, offset: 10, attachments: 0 },
  ]);
  assert.equal(core.sessionId(connect.session), "the-id");
  assert.equal(core.recoveryId(connect.session), "the-pid");
  assert.equal(core.findSession(namespace, "the-id"), connect.session);
  assert.equal(core.findSession(namespace, "another"), undefined);
});

// The head that is shown to the core at first ends somewhere in these.
const NAMES = [
  "/n",
  `/${"n".repeat(15)}`,
  `/${"n".repeat(20)}`,
  `/${"n".repeat(21)}`,
  `/${"n".repeat(22)}`,
  `/${"n".repeat(200)}`,
  `/${"é".repeat(10)}`,
  `/${"é".repeat(200)}`,
  `/${"€".repeat(300)}`,
  `/${"🐭".repeat(120)}`,
  "/a[b]{c}",
  `/${"[{".repeat(40)}`,
];
for (const name of NAMES) {
  test(`a header of any length and alphabet is read: ${name.slice(0, 12)}… (${name.length})`, () => {
    const core = makeCore();
    const { connection, session } = join(core, name);
    for (const ackId of [undefined, 0, 7, Number.MAX_SAFE_INTEGER]) {
      const payload = '["event","🐭 payload"]';
      const text = `42${name},${ackId ?? ""}${payload}`;
      core.handleText(NOW, connection, text);
      const [event] = core.pollEffects() as [DeliverEffect];
      assert.equal(event.kind, EffectKind.event);
      assert.equal(event.session, session);
      assert.equal(event.ackId, ackId);
      assert.equal(text.slice(event.offset), payload);
    }
  });
}

test("a delivery is the only effect that the same text has", () => {
  const core = makeCore({ maxPayload: 3_000 });
  const { connection, session } = join(core);
  const names = ["/a", `/${"in the middle".repeat(8)}`, `/${"too long".repeat(16)}`, "/[", "/{"];
  const others = names.map((name) => {
    const namespace = core.addNamespace(name);
    core.handleText(NOW, connection, `40${name},`);
    const { session } = findEffect<ConnectEffect>(core.pollEffects(), EffectKind.connect);
    core.assign(session, namespace, name);
    core.admit(session, "");
    return session;
  });
  const addresses = ["", ...names.map((name) => `${name},`)];
  const heads = addresses.flatMap((address) => [`42${address}`, `43${address}`]);
  const tooLarge = 2 ** 21 - 2;
  const ids = [
    "",
    ...Array.from({ length: 17 }, (_, digits) => 10 ** digits),
    tooLarge - 1,
    tooLarge,
  ];
  const payloads = ['["é"]', "[]", "{}", "7", "é", "\0", ` ${"p".repeat(990)}`, "p".repeat(1_000)];
  const texts = heads.flatMap((head) =>
    ids.flatMap((id) => payloads.map((payload) => `${head}${id}${payload}`)),
  );
  const seen = { deliveries: 0, sessions: new Set<number>(), kinds: new Set<number>() };
  for (const text of texts) {
    const delivery = core.handleDelivery(NOW, connection, text);
    if (delivery === undefined) continue;
    const [kept, left] = [{ ...delivery }, core.pollEffects()];
    core.handleText(NOW, connection, text);
    assert.deepEqual([...left, kept], core.pollEffects(), JSON.stringify(text));
    seen.deliveries += 1;
    seen.sessions.add(kept.session);
    seen.kinds.add(kept.kind);
  }
  assert.deepEqual(seen.sessions, new Set([session, ...others.slice(0, 2)]));
  assert.deepEqual(seen.kinds, new Set([EffectKind.event, EffectKind.ack]));
  assert.ok(seen.deliveries > 100, String(seen.deliveries));
});

test("what is no delivery changes nothing", () => {
  const core = makeCore();
  const { connection } = join(core);
  const before = core.snapshot(connection);
  for (const text of ["", "3", "2", "40", "41", "42", "45", '451-["x"]', "b", "🐭", "42/none,[]"]) {
    assert.equal(core.handleDelivery(NOW + 1, connection, text), undefined, text);
    assert.equal(core.snapshot(connection), before);
  }
  assert.equal(core.handleDelivery(NOW + 1, 99, '42["a"]'), undefined);
});

test("a lone surrogate in a head does no harm", () => {
  const core = makeCore();
  const { connection } = join(core);
  core.handleText(NOW, connection, '42/\ud800,["a"]');
  assert.ok(core.pollEffects().some((effect) => effect.kind === EffectKind.close));
});

test("messages are measured in bytes of UTF-8, just at the limit and over it", () => {
  const maxPayload = 300;
  for (const [character, bytes] of [
    ["a", 1],
    ["é", 2],
    ["€", 3],
    ["🐭", 4],
    ["\ud800", 3],
  ] as const) {
    const fitting = `42["${character.repeat(Math.floor((maxPayload - 6) / bytes))}`;
    const padding = maxPayload - Buffer.byteLength(`${fitting}"]`);
    const core = makeCore({ maxPayload });
    const { connection } = join(core);
    core.handleText(NOW, connection, `${fitting}${"p".repeat(padding)}"]`);
    assert.equal(core.pollEffects()[0]?.kind, EffectKind.event, `${character} at the limit`);
    core.handleText(NOW, connection, `${fitting}${"p".repeat(padding + 1)}"]`);
    const close = core.pollEffects().find((effect) => effect.kind === EffectKind.close);
    assert.equal(close?.code, 1009, `${character} over the limit`);
  }
});

test("rooms: what join and leave change, who is in, names in any alphabet", () => {
  const core = makeCore();
  const { namespace, connection, session } = join(core);
  const names = ["r", "räume", "🐭", "", "x".repeat(8_000)];
  for (const name of names) {
    assert.equal(core.join(session, name), RoomChange.membership | RoomChange.room);
    assert.equal(core.join(session, name), RoomChange.nothing);
    assert.deepEqual([...core.membersOf(namespace, name).sessions], [session]);
    assert.equal(core.memberCount(namespace, name), 1);
  }
  assert.deepEqual(core.roomsOf(session), [`${ID}-session`, ...names]);
  assert.deepEqual(core.roomsIn(namespace), [`${ID}-session`, ...names]);
  const all = core.resolve(namespace, [], []);
  assert.deepEqual([...all.sessions], [session]);
  assert.deepEqual([...all.connections], [connection]);
  assert.deepEqual([...core.resolve(namespace, ["r", "🐭"], []).sessions], [session]);
  assert.deepEqual([...core.resolve(namespace, ["r"], ["räume"]).sessions], []);
  assert.deepEqual([...core.resolve(namespace, ["nobody"], []).sessions], []);
  for (const name of names) {
    assert.equal(core.leave(session, name), RoomChange.membership | RoomChange.room);
  }
  assert.deepEqual(core.roomsOf(session), [`${ID}-session`]);
});

// Whatever the platform's encoders would make the same.
const ALIKE = ["x", "x\ud800", "x\udc00", "x\ufffd", "\ufeffx", "x\0", "x\0\0"];

test("names that only differ in what UTF-8 cannot say are different names", () => {
  const core = makeCore();
  const { namespace, connection, session } = join(core);
  const own = core.roomsOf(session);
  for (const name of ALIKE) {
    assert.equal(core.join(session, name), RoomChange.membership | RoomChange.room, name);
  }
  assert.deepEqual(core.roomsOf(session), [...own, ...ALIKE]);
  assert.deepEqual(core.roomsIn(namespace), [...own, ...ALIKE]);
  for (const name of ALIKE) core.leave(session, name);
  const namespaces = ALIKE.map((name) => core.addNamespace(`/${name}`));
  assert.equal(new Set(namespaces).size, ALIKE.length);
  for (const [place, handle] of namespaces.entries()) {
    assert.equal(core.namespaceName(handle), `/${ALIKE[place]}`);
    assert.equal(core.findNamespace(`/${ALIKE[place]}`), handle);
  }
  core.handleClose(connection, DisconnectReason.transport_close);
});

test("ids that only differ in what UTF-8 cannot say are different ids, after a sleep too", () => {
  for (const id of [...ALIKE, "", "i".repeat(70_000)]) {
    const core = makeCore();
    const namespace = core.addNamespace("/");
    const connection = core.handleOpen(NOW, 4, id);
    core.handleText(NOW, connection, "40");
    const { session } = findEffect<ConnectEffect>(core.pollEffects(), EffectKind.connect);
    core.assign(session, namespace, `s${id}`);
    core.admit(session, `p${id}`);
    const later = makeCore();
    const restored = later.restore(NOW, core.snapshot(connection));
    const [again] = later.sessionsOf(restored);
    assert.equal(later.engineId(restored), id);
    assert.equal(later.sessionId(again as number), `s${id}`);
    assert.equal(later.recoveryId(again as number), `p${id}`);
    assert.equal(later.findSession(later.namespaceOf(again as number), `s${id}`), again);
    const [room] = later.roomsOf(again as number);
    assert.equal(room, `s${id}`);
  }
});

test("names of namespaces that clients made up are forgotten with them, however many there were", () => {
  const core = makeCore();
  const connection = core.handleOpen(NOW, 4, ID);
  // A handle comes again when its index was given out 1,024 times.
  for (let count = 0; count < 1_100; count++) {
    const name = `/${count}`;
    core.handleText(NOW, connection, `40${name},`);
    const { session } = findEffect<ConnectEffect>(core.pollEffects(), EffectKind.connect);
    assert.equal(core.namespaceName(core.namespaceOf(session)), name);
    core.reject(session);
  }
});

test("a namespace that was removed leaves its name to nobody", () => {
  const core = makeCore();
  for (let count = 0; count < 1_100; count++) {
    const namespace = core.addNamespace(`/${count}`);
    assert.equal(core.namespaceName(namespace), `/${count}`);
    core.removeNamespace(namespace);
    assert.equal(core.namespaceName(namespace), "");
  }
});

test("what a client asks for before it is let in does not fill snapshots", () => {
  const core = makeCore();
  const connection = core.handleOpen(NOW, 4, ID);
  let saved = 0;
  for (let i = 0; i < 1000 && core.connectionCount() > 0; i++) {
    core.handleText(NOW, connection, `40/${String(i).padEnd(1000, "n")},`);
    for (const changed of core.pollChanged() ?? []) saved += core.snapshot(changed).length;
  }
  assert.equal(core.connectionCount(), 0);
  assert.ok(saved > 10_000 && saved < 200_000, `${saved} bytes`);
});

test("limits of rooms are named, with their values", () => {
  const core = makeCore({ maxRoomsPerSession: 3, maxRoomLength: 30, maxRoomBytesPerSession: 60 });
  const { session } = join(core, "/", "id");
  core.join(session, "a");
  core.join(session, "b");
  assert.throws(
    () => core.join(session, "c"),
    /^CoreError: join: .* as many rooms as it may \(limit: 3 rooms\)$/,
  );
  core.leave(session, "b");
  assert.throws(() => core.join(session, "r".repeat(31)), /too long \(limit: 30 bytes\)/);
  core.join(session, "r".repeat(30));
  core.leave(session, "a");
  assert.throws(() => core.join(session, "s".repeat(29)), /too large together \(limit: 60 bytes\)/);
});

test("calls that have no effects leave none of an older one behind", () => {
  const core = makeCore();
  const connection = core.handleOpen(NOW, 4, ID);
  const leavesNothing = (call: () => unknown) => {
    core.handleText(NOW, connection, "3");
    call();
    assert.deepEqual(core.pollEffects(), []);
  };
  let namespace = 0;
  leavesNothing(() => core.handlePong(NOW, connection, NOW));
  leavesNothing(() => {
    namespace = core.addNamespace("/x");
  });
  leavesNothing(() => core.removeNamespace(namespace));
  leavesNothing(() => assert.throws(() => core.removeNamespace(namespace), CoreError));
});

test("views survive that the memory grows under them", () => {
  const core = makeCore();
  const before = core.memorySize;
  const sessions: number[] = [];
  const namespace = core.addNamespace("/");
  for (let i = 0; i < 3000; i++) {
    const connection = core.handleOpen(NOW, 4, `${ID}${i}`);
    core.handleText(NOW, connection, "40");
    const { session } = findEffect<ConnectEffect>(core.pollEffects(), EffectKind.connect);
    core.assign(session, namespace, `id-${i}`);
    core.admit(session, "");
    core.join(session, `room-${i % 7}`);
    sessions.push(session);
  }
  assert.ok(core.memorySize > before);
  assert.deepEqual([...core.resolve(namespace, [], []).sessions], sessions);
  assert.equal(core.sessionId(sessions[1234] as number), "id-1234");
  assert.equal(core.connectionCount(), 3000);
});

test("ack ids count up, for a session and for broadcasts", () => {
  const core = makeCore();
  const { namespace, session } = join(core);
  assert.equal(core.allocateAck(session), 0);
  assert.equal(core.allocateAck(session), 1);
  assert.equal(core.allocateBroadcastAck(namespace, new Uint32Array([session])), 2);
});

test("a snapshot brings a connection back in another instance", () => {
  const core = makeCore();
  const { connection, session } = join(core, "/chat");
  core.join(session, "röom");
  assert.deepEqual([...(core.pollChanged() ?? [])], [connection]);
  const snapshot = core.snapshot(connection);
  assert.equal(core.pollChanged(), undefined);
  const later = makeCore();
  const restored = later.restore(NOW, snapshot);
  const [restoredSession] = later.sessionsOf(restored);
  assert.equal(later.engineId(restored), ID);
  assert.deepEqual(later.roomsOf(restoredSession as number), [`${ID}-session`, "röom"]);
  assert.equal(later.namespaceName(later.namespaceOf(restoredSession as number)), "/chat");
});

test("a caller's mistake throws, names itself, and changes nothing", () => {
  const core = makeCore();
  const { connection, session } = join(core);
  const mistakes: [number, () => unknown][] = [
    [Status.unknown_connection, () => core.handleText(NOW, 99, "40")],
    [Status.unknown_connection, () => core.handleBinary(NOW, 99, 1, 0)],
    [Status.unknown_session, () => core.join(99, "r")],
    [Status.wrong_state, () => core.admit(session, "")],
    [Status.corrupt_snapshot, () => core.restore(NOW, "\x01\x02\x03")],
  ];
  for (const [status, make] of mistakes) {
    assert.throws(make, (error) => error instanceof CoreError && error.status === status);
  }
  core.handleText(NOW, connection, '42["a"]');
  assert.equal(core.pollEffects()[0]?.kind, EffectKind.event);
});

test("too many connections are the caller's to refuse", () => {
  const core = makeCore({ maxConnections: 1 });
  core.handleOpen(NOW, 4, ID);
  assert.throws(
    () => core.handleOpen(NOW, 4, `${ID}2`),
    (error) => error instanceof CoreError && error.status === Status.too_many_connections,
  );
});

test("faults that the glue finds close the connection and reach its sessions", () => {
  const core = makeCore();
  const { connection, session } = join(core);
  core.handleFault(connection, Fault.invalid_payload);
  const effects = core.pollEffects();
  assert.deepEqual(
    effects.find((effect) => effect.kind === EffectKind.error),
    { kind: EffectKind.error, session, fault: Fault.invalid_payload },
  );
  assert.deepEqual(
    effects.find((effect) => effect.kind === EffectKind.closing),
    { kind: EffectKind.closing, session, reason: DisconnectReason.forced_close, connected: true },
  );
  core.release(session);
  assert.equal(core.connectionCount(), 0);
});

test("packets of an external codec", () => {
  const core = makeCore({ packetCodec: 1 });
  const namespace = core.addNamespace("/");
  const connection = core.handleOpen(NOW, 4, ID);
  core.handleBinary(NOW, connection, 10, 1);
  assert.equal(core.pollEffects()[0]?.kind, EffectKind.message);
  core.handlePacket(connection, PacketType.connect, "/");
  const { session } = findEffect<ConnectEffect>(core.pollEffects(), EffectKind.connect);
  core.assign(session, namespace, "sid");
  core.admit(session, "");
  assert.deepEqual(core.pollEffects()[0], {
    kind: EffectKind.packet,
    connection,
    type: PacketType.connect,
    name: "/",
    payload: '{"sid":"sid"}',
  });
  for (const ackId of [undefined, 0, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
    core.handlePacket(connection, PacketType.event, "/", ackId);
    const [event] = core.pollEffects() as [DeliverEffect];
    assert.equal(event.ackId, ackId);
  }
});

test("a core that was made ahead is for one server, of the same settings, which hears of its traps", () => {
  const { Instance, Module } = WebAssembly;
  const cores = new Cores(new Module(readFileSync(file)));
  const made: WebAssembly.Instance[] = [];
  WebAssembly.Instance = new Proxy(Instance, {
    construct(target, args) {
      const instance = Reflect.construct(target, args) as WebAssembly.Instance;
      made.push(instance);
      return instance;
    },
  });
  try {
    const traps: string[] = [];
    const take = (name: string, config: Partial<CoreConfig> = {}) =>
      cores.take(config, () => traps.push(name));
    const first = take("first");
    cores.makeSpare(first);
    cores.makeSpare(first);
    assert.equal(made.length, 2);
    const other = take("other", { pingInterval: 1_000 });
    assert.equal(made.length, 3);
    const second = take("second", { pingInterval: configDefaults.pingInterval });
    assert.equal(made.length, 3);
    take("third");
    assert.equal(made.length, 4);
    for (const core of [first, other, second]) join(core);
    const [, spare] = made;
    assert.ok(spare);
    new Uint8Array((spare.exports.memory as WebAssembly.Memory).buffer).fill(0xff);
    assert.throws(() => join(second), CoreTrap);
    assert.deepEqual(traps, ["second"]);
  } finally {
    WebAssembly.Instance = Instance;
  }
});

test("the handshake's checks, in upstream's order", () => {
  const core = makeCore();
  const good = {
    transport: "websocket",
    protocol: "4",
    sid: "",
    method: "GET",
    isUpgrade: true,
    allowProtocol3: false,
  };
  assert.equal(core.checkHandshake(good), HandshakeError.none);
  const wrong = { ...good, transport: "polling", sid: "x", method: "POST", isUpgrade: false };
  assert.equal(core.checkHandshake(wrong), HandshakeError.unknown_transport);
  wrong.transport = "websocket";
  assert.equal(core.checkHandshake(wrong), HandshakeError.unknown_sid);
  wrong.sid = "";
  assert.equal(core.checkHandshake(wrong), HandshakeError.bad_handshake_method);
  wrong.method = "GET";
  assert.equal(core.checkHandshake(wrong), HandshakeError.bad_request);
  wrong.isUpgrade = true;
  wrong.protocol = "3";
  assert.equal(core.checkHandshake(wrong), HandshakeError.unsupported_protocol_version);
  wrong.allowProtocol3 = true;
  assert.equal(core.checkHandshake(wrong), HandshakeError.none);
});

test("the generated defaults are those of the options", () => {
  assert.equal(configDefaults.pingInterval, 25_000);
  assert.equal(configDefaults.maxAttachments, 10);
});
