// What the plugin offers to rewrite: simple variables, to `io.data` and `socket.data`.
import assert from "node:assert/strict";
import { test } from "node:test";
import parser from "@typescript-eslint/parser";
import { Linter } from "eslint";
import plugin from "../../../layers/eslint/index.ts";

const linter = new Linter();

interface Offer {
  readonly text: string;
  readonly result: string;
}

/** All suggestions for a server's code, with what they make of it. */
function offers(code: string): Offer[] {
  const config = [plugin.configs.recommended, { files: ["**/*.ts"], languageOptions: { parser } }];
  const messages = linter.verify(code, config, { filename: "server.ts" });
  assert.deepEqual(
    messages.filter(({ ruleId }) => ruleId === null),
    [],
  );
  return messages.flatMap(({ suggestions }) =>
    (suggestions ?? []).map(({ desc, fix }) => ({
      text: desc,
      result: code.slice(0, fix.range[0]) + fix.text + code.slice(fix.range[1]),
    })),
  );
}

function assertRewritten(code: string, result: string, kept: string): void {
  const text = `Keep it in \`${kept}\`, which survives a sleep`;
  assert.deepEqual(offers(code), [{ text, result }]);
  assert.deepEqual(offers(result), [], "what is suggested is clean");
}

test("a counter of setup", () => {
  assertRewritten(
    `import { createServer } from "dormouse-io";
export const Clicks = createServer((io) => {
  let count = 0;
  io.on("connection", (socket) => {
    socket.on("click", () => {
      count += 1;
      io.emit("clicks", { count, twice: count * 2 });
    });
  });
});
`,
    `import { createServer } from "dormouse-io";
export const Clicks = createServer((io) => {
  io.data.count ??= 0;
  io.on("connection", (socket) => {
    socket.on("click", () => {
      io.data.count += 1;
      io.emit("clicks", { count: io.data.count, twice: io.data.count * 2 });
    });
  });
});
`,
    "io.data.count",
  );
});

test("a map of the module moves into setup", () => {
  assertRewritten(
    `import { createServer } from "dormouse-io/partykit";
const names = new Map<string, string>();
export default createServer((server) => {
  server.on("connection", (socket) => {
    socket.on("name", (name: string) => names.set(socket.id, name));
    socket.on("disconnect", () => names.delete(socket.id));
  });
});
`,
    `import { createServer } from "dormouse-io/partykit";
export default createServer((server) => {
  server.data.names ??= new Map<string, string>();
  server.on("connection", (socket) => {
    socket.on("name", (name: string) => server.data.names.set(socket.id, name));
    socket.on("disconnect", () => server.data.names.delete(socket.id));
  });
});
`,
    "server.data.names",
  );
});

test("a variable that is declared before the server moves behind it", () => {
  assertRewritten(
    `import { Server } from "dormouse-io/node";
let last: string | undefined;
let history: string[] = [];
const io = new Server(3000);
io.on("connection", (socket) => {
  socket.emit("history", history);
  socket.on("say", (text: string) => {
    history = [...history, text].slice(-10);
  });
});
`,
    `import { Server } from "dormouse-io/node";
let last: string | undefined;
const io = new Server(3000);
io.data.history ??= [];
io.on("connection", (socket) => {
  socket.emit("history", io.data.history);
  socket.on("say", (text: string) => {
    io.data.history = [...io.data.history, text].slice(-10);
  });
});
`,
    "io.data.history",
  );
});

test("a variable of the connection listener becomes the client's", () => {
  assertRewritten(
    `import type { Server } from "socket.io";
export function game(io: Server) {
  io.on("connection", (client) => {
    let name: string | undefined;
    client.on("name", (chosen: string) => {
      name = chosen;
    });
    client.on("say", (text: string) => io.emit("said", name, text));
  });
}
`,
    `import type { Server } from "socket.io";
export function game(io: Server) {
  io.on("connection", (client) => {
    client.on("name", (chosen: string) => {
      client.data.name = chosen;
    });
    client.on("say", (text: string) => io.emit("said", client.data.name, text));
  });
}
`,
    "client.data.name",
  );
});

for (const [what, declaration, moved, change] of [
  ["the first", "let a = 0, b = 1;", "io.data.a ??= 0;\n  let b = 1;", "a += b;"],
  ["the last", "let b = 1, a = 0;", "io.data.a ??= 0;\n  let b = 1;", "a += b;"],
  ["the middle", "let b = 1, a, c = 2;", "let b = 1, c = 2;", "a = b + c;"],
  ["one of `var`", "var b = 1, a = 0;", "io.data.a ??= 0;\n  var b = 1;", "a += b;"],
  [
    "a map",
    "const b = 1, a = new Map();",
    "io.data.a ??= new Map();\n  const b = 1;",
    "a.set(b, 1);",
  ],
  [
    "one behind a comment",
    "let b = 1, // b\n  a = 0;",
    "io.data.a ??= 0;\n  let b = 1 // b\n  ;",
    "a += b;",
  ],
] as const) {
  test(`of two variables of a declaration: ${what}`, () => {
    const result = server(moved, change.replace(/^a/, "io.data.a"));
    assertRewritten(server(declaration, change), result, "io.data.a");
  });
}

test("a variable of the declaration that makes the server", () => {
  const code = (declarations: string, users: string) => `import { Server } from "dormouse-io/node";
${declarations}
io.on("connection", (socket) => socket.on("name", (name: string) => ${users}.set(socket.id, name)));
`;
  assertRewritten(
    code("const users = new Map(), io = new Server(3000);", "users"),
    code("const io = new Server(3000);\nio.data.users ??= new Map();", "io.data.users"),
    "io.data.users",
  );
  const used = "const users = new Map(), first = users.get(1), io = new Server(3000);";
  assert.deepEqual(offers(code(used, "users")), []);
});

/** Servers around a declaration and the change that makes it a finding. */
function server(declaration: string, change: string): string {
  return `import { createServer } from "dormouse-io";
import { compute } from "somewhere";
class Player { x = 1 }
export const Room = createServer((io) => {
  ${declaration}
  io.on("connection", (socket) => {
    socket.on("event", (value) => { ${change} });
  });
});
`;
}

for (const [what, declaration, change] of [
  ["one that the next is made of", "let b = 1, a = b + 1; b = 2;", "a += 1;"],
  ["a pattern", "let { a } = compute();", "a += 1;"],
  ["a first value that is computed", "let a = compute();", "a += 1;"],
  ["an instance of a class", "const a = new Map();", "a.set(value, new Player());"],
  ["a function", "let a = null;", "a = () => value;"],
  ["a timer", "const a = new Map();", "a.set(value, setTimeout(compute, 100));"],
  ["an assignment in a pattern", "let a = 0;", "({ a } = value);"],
  ["a server that is not seen", "let a = 0;", "const io = value; a += 1; io.run();"],
  ["a socket", "let a = null;", "a = socket;"],
  ["an instance that a variable holds", "let a = null;", "const one = new Player(); a = one;"],
  [
    "an instance that a function makes",
    "let a = null;",
    "const make = () => new Player(); a = make();",
  ],
  ["an object with methods", "let a = null;", "const one = { go() {} }; a = one;"],
  ["a variable that is another's object", "const b = [1]; let a = b;", "a = [value];"],
  [
    "a variable of each turn of a loop",
    "for (;;) { let a = 0; io.on('connection', (socket) => socket.on('x', () => { a += 1; })); }",
    "",
  ],
  [
    "a variable of each call",
    "const count = () => { let a = 0; return () => { a += 1; }; }; const one = count(), two = count();",
    "one(); two();",
  ],
  ["a name that has a value", "let a = 0;", "a += 1; io.data.a = 'other';"],
  ["a name that is taken apart", "let a = 0;", "a += 1; const { a: other } = io.data;"],
  ["data that is made anew", "let a = 0;", "a += 1; io.data = {};"],
  ["data that is sent", "let a = 0;", "a += 1; io.emit('all', io.data);"],
  ["data that is copied", "let a = 0;", "a += 1; const { b, ...rest } = io.data;"],
  ["data by any name", "let a = 0;", "a += 1; io.data[value] = 1;"],
  ["what depends on something that changes", "let b = 1; b = 2; let a = b;", "a += 1;"],
] as const) {
  test(`nothing for ${what}`, () => assert.deepEqual(offers(server(declaration, change)), []));
}

test("nothing for a variable of the module that several namespaces share", () => {
  const code = (calls: string) => `import type { Server } from "socket.io";
let count = 0;
${calls}
function listen(nsp) {
  nsp.on("connection", (socket) => {
    socket.on("event", () => { count += 1; });
  });
}
`;
  const setup = (calls: string) => code(`export function setup(io: Server) { ${calls} }`);
  const twice = "listen(io.of('/one')); listen(io.of('/two'));";
  assert.deepEqual(offers(setup(twice)), []);
  assert.deepEqual(offers(setup("for (const name of ['/one']) listen(io.of(name));")), []);
  assert.deepEqual(offers(setup("['/one'].forEach((name) => listen(io.of(name)));")), []);
  assert.equal(offers(setup("listen(io.of('/one'));")).length, 1);
});

test("nothing for a client's variable where sockets' data has that name, or is shown as a whole", () => {
  const code = (change: string) => `import type { Server } from "socket.io";
export function setup(io: Server) {
  io.use((socket, next) => { ${change} next(); });
  io.on("connection", (socket) => {
    let user = null;
    socket.on("event", (value) => { user = value; });
  });
}
`;
  assert.deepEqual(offers(code("socket.data.user = 'Ada';")), []);
  assert.deepEqual(offers(code("const { data } = socket; data.user = 'Ada';")), []);
  assert.deepEqual(offers(code("socket.data = { name: 'Ada' };")), []);
  const all = "for (const one of await io.fetchSockets()) io.emit('who', one.data);";
  const part = "(await io.fetchSockets()).map(({ data }) => io.emit('who', data));";
  for (const shown of [all, part]) {
    assert.deepEqual(offers(code(shown).replace("(socket, next)", "async (socket, next)")), []);
  }
  assert.equal(offers(code("socket.data.name = 'Ada';")).length, 1);
});

test("nothing where another server goes by that name", () => {
  const change = "const run = (io) => { a += 1; io.emit('a'); }; run(value);";
  assert.deepEqual(offers(server("let a = 0;", change)), []);
});

test("nothing for a variable that other modules see", () => {
  const code = `import { Server } from "socket.io";
const io = new Server(3000);
export let count = 0;
io.on("connection", () => { count += 1; });
`;
  assert.deepEqual(offers(code), []);
});
