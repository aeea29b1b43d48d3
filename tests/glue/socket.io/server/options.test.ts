// Options: defaults, and errors that name the option at fault.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as parser from "socket.io-msgpack-parser";
import { polling } from "../../../../glue/engine/polling/index.ts";
import { resolveOptions, type ServerOptions } from "../../../../glue/socket.io/server/options.ts";

function refusal(options: unknown): string {
  try {
    resolveOptions(options as ServerOptions);
  } catch (error) {
    assert.ok(error instanceof TypeError);
    return error.message;
  }
  assert.fail("the options were accepted");
}

test("the defaults are upstream's", () => {
  assert.deepEqual(resolveOptions(), {
    path: "/socket.io",
    addTrailingSlash: true,
    connectTimeout: 45_000,
    pingTimeout: 20_000,
    pingInterval: 25_000,
    upgradeTimeout: 10_000,
    maxHttpBufferSize: 1_000_000,
    maxBufferedAmount: 32_000_000,
    transports: ["websocket"],
    allowEIO3: false,
    cleanupEmptyChildNamespaces: false,
    hibernate: true,
    ackKeepAlive: 30_000,
  });
});

test("an unknown option is named, with the one that was probably meant", () => {
  assert.equal(
    refusal({ pingIntervall: 1 }),
    'dormouse: unknown option "pingIntervall" (did you mean "pingInterval"?)',
  );
  assert.equal(
    refusal({ allowEio3: true }),
    'dormouse: unknown option "allowEio3" (did you mean "allowEIO3"?)',
  );
  assert.equal(refusal({ colour: "red" }), 'dormouse: unknown option "colour"');
  assert.match(refusal(JSON.parse('{"__proto__":1}')), /unknown option "__proto__"/);
  assert.match(refusal({ constructor: 1 }), /unknown option "constructor"/);
});

const positiveNumbers = [
  "connectTimeout",
  "pingTimeout",
  "pingInterval",
  "upgradeTimeout",
  "maxHttpBufferSize",
  "maxBufferedAmount",
  "ackKeepAlive",
];
for (const name of positiveNumbers) {
  for (const value of [
    "abc",
    "1000",
    0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    [],
    2 ** 32,
  ]) {
    test(`${name}: ${String(value)} is refused by name`, () => {
      const message = refusal({ [name]: value });
      assert.ok(message.startsWith(`dormouse: option "${name}" must be a positive number, got `));
    });
  }
  test(`${name}: its bounds`, () => {
    for (const value of [1, 2 ** 32 - 1]) {
      assert.equal(Reflect.get(resolveOptions({ [name]: value }), name), value);
    }
  });
}

test("the value is shown", () => {
  assert.equal(
    refusal({ pingInterval: "abc" }),
    'dormouse: option "pingInterval" must be a positive number, got "abc"',
  );
  assert.match(refusal({ pingInterval: Number.NaN }), /got NaN$/);
  assert.match(refusal({ pingInterval: 5n }), /got 5n$/);
  assert.match(refusal({ path: () => "/x" }), /got a function$/);
});

const ILL_TYPED: [keyof ServerOptions, unknown][] = [
  ["path", ""],
  ["path", "socket.io"],
  ["addTrailingSlash", "no"],
  ["path", 1],
  ["transports", ["webtransport"]],
  ["transports", ["websocket", "flashsocket"]],
  ["transports", []],
  ["transports", "websocket"],
  ["allowEIO3", "yes"],
  ["cors", "*"],
  ["cors", []],
  ["parser", {}],
  ["parser", { Encoder: class {} }],
  ["connectionStateRecovery", true],
  ["cleanupEmptyChildNamespaces", 1],
  ["data", "strict"],
  ["data", []],
  ["replay", true],
  ["replay", "always"],
  ["ackKeepAlive", "30s"],
  ["allowRequest", true],
  ["generateId", "id"],
  ["hibernate", "no"],
  ["editHandshakeHeaders", {}],
  ["editResponseHeaders", {}],
  ["adapter", {}],
];
for (const [name, value] of ILL_TYPED) {
  test(`${name}: ${JSON.stringify(value)} is refused by name`, () => {
    assert.ok(refusal({ [name]: value }).startsWith(`dormouse: option "${name}" must be `));
  });
}

test("where upstream takes a short form without its meaning, the right form is named", () => {
  assert.match(refusal({ cors: "*" }), /must be an object, as \{ origin: "\*" \}, a function or/);
  assert.match(refusal({ connectionStateRecovery: true }), /its own options, or \{\}, got true$/);
});

const ILL_NESTED: [string, unknown, string][] = [
  ["cors", { orgin: "*" }, 'unknown option "cors.orgin" (did you mean "cors.origin"?)'],
  [
    "cors",
    { credential: true },
    'unknown option "cors.credential" (did you mean "cors.credentials"?)',
  ],
  ["cors", { origin: 1 }, 'option "cors.origin" must be a boolean, a string, a regular expression'],
  ["cors", { origin: ["a", {}] }, 'option "cors.origin" must be a boolean, a string, a regular'],
  [
    "cors",
    { methods: [1] },
    'option "cors.methods" must be a string or a list of strings, got [1]',
  ],
  ["cors", { credentials: "yes" }, 'option "cors.credentials" must be a boolean, got "yes"'],
  ["cors", { maxAge: "60" }, 'option "cors.maxAge" must be a number of seconds, got "60"'],
  ["cors", { optionsSuccessStatus: 20 }, 'option "cors.optionsSuccessStatus" must be a status'],
  [
    "connectionStateRecovery",
    { maxDisconectionDuration: 1 },
    'unknown option "connectionStateRecovery.maxDisconectionDuration" ' +
      '(did you mean "connectionStateRecovery.maxDisconnectionDuration"?)',
  ],
  [
    "connectionStateRecovery",
    { maxDisconnectionDuration: -1 },
    'option "connectionStateRecovery.maxDisconnectionDuration" must be a positive number, got -1',
  ],
  [
    "connectionStateRecovery",
    { skipMiddlewares: 1 },
    'option "connectionStateRecovery.skipMiddlewares" must be a boolean, got 1',
  ],
  [
    "connectionStateRecovery",
    { durability: "eager" },
    'option "connectionStateRecovery.durability" must be "batched" or "strict", got "eager"',
  ],
  [
    "data",
    { durability: true },
    'option "data.durability" must be "batched" or "strict", got true',
  ],
  [
    "data",
    { durabilty: "strict" },
    'unknown option "data.durabilty" (did you mean "data.durability"?)',
  ],
];
for (const [name, value, message] of ILL_NESTED) {
  test(`${name}: ${JSON.stringify(value)} is refused, and the message names what is inside`, () => {
    assert.ok(
      refusal({ [name]: value }).startsWith(`dormouse: ${message}`),
      refusal({ [name]: value }),
    );
  });
}

test("every option inside of cors may be given", () => {
  const cors = {
    origin: [true, "https://a.example", /b/],
    methods: ["GET"],
    allowedHeaders: "x-a",
    headers: ["x-b"],
    exposedHeaders: undefined,
    credentials: true,
    maxAge: 0,
    preflightContinue: false,
    optionsSuccessStatus: 200,
  };
  assert.equal(resolveOptions({ cors } as ServerOptions).cors, cors);
});

/** What is written as a warning meanwhile. */
function warnings(action: () => void): string[] {
  const said: string[] = [];
  const { warn } = console;
  console.warn = (line: string) => void said.push(line);
  try {
    action();
  } finally {
    console.warn = warn;
  }
  return said;
}

test("upstream's options for what is not here may be switched off, and nothing is said of it", () => {
  const options: ServerOptions = {
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    cookie: false,
    allowUpgrades: true,
    transports: ["websocket"],
    wsEngine: undefined,
  };
  assert.deepEqual(
    warnings(() => resolveOptions(options)),
    [],
  );
});

/** The options that were warned of, which happens once for each. */
const toldOf = new Set<string>();
const IGNORED: [keyof ServerOptions, unknown, unknown][] = [
  ["serveClient", true, "yes"],
  ["perMessageDeflate", { threshold: 1024 }, 1],
  ["perMessageDeflate", true, null],
  ["httpCompression", { threshold: 1024 }, "gzip"],
  ["httpCompression", true, []],
  ["wsEngine", class WebSocketServer {}, "ws"],
  ["transports", ["websocket", "webtransport"], [1, "websocket"]],
  ["transports", ["webtransport", "websocket"], ["webtransport"]],
];
for (const [name, value, illTyped] of IGNORED) {
  const shown = typeof value === "function" ? "a function" : JSON.stringify(value);
  test(`${name}: ${shown} is ignored with one warning, ${JSON.stringify(illTyped)} refused`, () => {
    const others = warnings(() => resolveOptions({ [name]: value }));
    const again = warnings(() => resolveOptions({ [name]: value }));
    assert.deepEqual(again, []);
    for (const warning of others) {
      assert.ok(
        warning.startsWith(`dormouse: option "${name}" is ignored where it is ${shown}: `),
        warning,
      );
    }
    assert.equal(others.length, toldOf.has(name) ? 0 : 1);
    toldOf.add(name);
    assert.ok(refusal({ [name]: illTyped }).startsWith(`dormouse: option "${name}" must be `));
  });
}

test("cors.origins, as older packages have it, is ignored with one warning, as upstream ignores it", () => {
  const options = { cors: { origins: ["https://a.example"] } } as ServerOptions;
  assert.deepEqual(
    warnings(() => resolveOptions(options)),
    [
      'dormouse: option "cors.origins" is ignored where it is ["https://a.example"]: its name is `cors.origin`',
    ],
  );
  assert.deepEqual(
    warnings(() => resolveOptions(options)),
    [],
  );
});

test("what is ignored does not reach the server", () => {
  const resolved = resolveOptions({
    transports: ["websocket", "webtransport"],
    httpCompression: true,
    allowUpgrades: false,
    cookie: false,
  });
  assert.deepEqual(resolved.transports, ["websocket"]);
  for (const name of ["httpCompression", "polling", "allowUpgrades", "cookie"]) {
    assert.ok(!(name in resolved), name);
  }
});

test("long-polling by its name alone is refused, with a message that says what to import", () => {
  for (const transports of [["polling"], ["polling", "websocket"]] as const) {
    const message = refusal({ transports: [...transports] });
    assert.match(message, /import \{ polling \} from "dormouse-io\/polling"/);
  }
});

test("long-polling that is imported is a transport, and brings its options", () => {
  const { transports, polling: support } = resolveOptions({ transports: [polling, "websocket"] });
  assert.deepEqual(transports, ["polling", "websocket"]);
  assert.equal(support, polling);
  assert.deepEqual(resolveOptions({ transports: [polling] }).transports, ["polling"]);
  const byName = resolveOptions({ transports: ["polling", "websocket"] }, { polling });
  assert.equal(byName.polling, polling);
  assert.equal(resolveOptions({ transports: ["websocket"] }, { polling }).polling, undefined);
  const options = { transports: [polling], cookie: { name: "io", sameSite: "Lax" as "lax" } };
  assert.deepEqual(resolveOptions(options).cookie, options.cookie);
  for (const [cookie, at] of [
    ["yes", "cookie"],
    [{ name: "a b" }, "cookie.name"],
    [{ path: "/;evil" }, "cookie.path"],
    [{ domain: "a\nb" }, "cookie.domain"],
    [{ sameSite: "always" }, "cookie.sameSite"],
    [{ expires: "tomorrow" }, "cookie.expires"],
  ]) {
    const message = refusal({ transports: [polling], cookie });
    assert.ok(message.startsWith(`dormouse: option "${at}" must be `), message);
  }
  const unknown = refusal({ transports: [polling], cookie: { maxage: 1 } });
  assert.match(unknown, /unknown option "cookie.maxage" \(did you mean "cookie.maxAge"/);
});

test("options of upstream's that cannot be ignored safely are refused", () => {
  assert.match(refusal({ cookie: true }), /"cookie" must be false/);
  assert.match(refusal({ cookie: { name: "io" } }), /"cookie" must be false/);
});

test("undefined is no value", () => {
  assert.equal(resolveOptions({ pingInterval: undefined } as ServerOptions).pingInterval, 25_000);
});

test("what is valid is taken over", () => {
  const options: ServerOptions = {
    path: "/chat/",
    pingInterval: 1000.5,
    parser: parser as unknown as NonNullable<ServerOptions["parser"]>,
    cors: { origin: "*" },
    connectionStateRecovery: { maxDisconnectionDuration: 1, skipMiddlewares: false },
  };
  const resolved = resolveOptions(options);
  assert.equal(resolved.path, "/chat");
  assert.equal(resolved.pingInterval, 1001);
  assert.equal(resolved.parser, options.parser);
  assert.equal(resolved.cors, options.cors);
});

test("the options must be an object", () => {
  assert.equal(refusal(null), "dormouse: the options must be an object");
  assert.equal(refusal("a"), "dormouse: the options must be an object");
});
