/** Members that only the library itself names have short names in what is packed, and nobody else's have. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { Server as Upstream } from "socket.io";
import { io as connect } from "socket.io-client";
import ts from "typescript";
import { Server as FromSources } from "../../durable-objects/node/index.ts";
import { codeBlocks, ROOT } from "../support/pages.ts";

/** What the last build made of which name. */
const MAP = join(ROOT, "build", "short-names.json");
const PACKED = join(ROOT, "dist", "durable-objects", "node", "index.js");
const PAGES = ["README.md", ...filesIn("docs", /\.md$/)];
/** Programs that have the public API and nothing else. */
const PROGRAMS = [
  "examples",
  "worker",
  "tests/applications",
  "tests/scenarios/groups",
  "tests/types",
];
/** What programs call the library's objects, and a member of such. */
const MEMBER_OF_OURS =
  /\b(?:io|socket|server|nsp|namespace|of\([^)]*\)|engine|adapter|schedule|conn|client|handshake|request|broadcast|volatile|local|to\([^)]*\)|sockets|ctx)\??\s*\.\s*([\w$]+)/g;
/** Where members are declared and asked for. */
const SOURCES = () =>
  ["glue", "durable-objects", "layers"].flatMap((folder) => filesIn(folder, /\.ts$/));
const MEMBER = /\.([\w$]+)/g;
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*/g;
/** What npm's packages reach by a name that no declaration has, what the core exports, what is asked for by a string. */
const REACHED = [
  "_implicitHeader",
  "dm_abi_version",
  "_events",
  "AsyncLocalStorage",
  "onevent",
  "ack",
];

export function testShortNames(): void {
  test("what pages, examples and applications name, it has under that name", () => {
    const names = shortNames();
    const texts = [
      ...PAGES.flatMap((page) => codeBlocks(page).map(({ code }) => code)),
      ...PROGRAMS.flatMap((folder) => filesIn(folder, /\.ts$/)).map(read),
    ];
    const named = new Set(texts.flatMap((text) => membersIn(text, MEMBER_OF_OURS)));
    assert.ok(named.has("emitWithAck") && named.has("keepAwake"));
    assert.deepEqual(
      [...named, ...REACHED].filter((name) => Object.hasOwn(names, name)),
      [],
    );
  });

  test("short names are nobody else's", () => {
    const names = Object.entries(shortNames());
    assert.ok(names.length > 300, `${names.length}`);
    const others = new Set(SOURCES().flatMap((file) => membersIn(read(file), MEMBER)));
    assert.deepEqual(
      names.filter(([, short]) => others.has(short)),
      [],
    );
  });

  test("no object has two members of the same short name, nor may be asked for one of another's", () => {
    const names = shortNames();
    const { classes, optional } = declaredMembers();
    assert.ok(classes.size > 100 && optional.size > 10);
    for (const [name, { members, base }] of classes) {
      const all = new Set(members);
      for (let next = base; next !== undefined; next = classes.get(next)?.base) {
        for (const member of classes.get(next)?.members ?? []) all.add(member);
      }
      const short = [...all].filter((one) => Object.hasOwn(names, one)).map((one) => names[one]);
      assert.deepEqual([...new Set(short)], short, name);
    }
    // Who asks for what may be missing would get what another class has under the name.
    for (const member of optional) {
      const same = Object.keys(names).filter((one) => names[one] === names[member]);
      if (Object.hasOwn(names, member)) assert.deepEqual(same, [member]);
    }
  });

  test("its objects have what those of the sources have, and upstream's members as they are", async (t) => {
    const names = shortNames();
    const { Server: FromPackage } = (await import(PACKED)) as { Server: typeof FromSources };
    const [sources, packed, upstream] = await Promise.all(
      [FromSources, FromPackage, Upstream].map((Class) => membersOfServer(Class as never, t)),
    );
    for (const [object, members] of Object.entries(sources as Members)) {
      const expected = members.map((name) =>
        Object.hasOwn(names, name) ? (names[name] as string) : name,
      );
      assert.deepEqual((packed as Members)[object], expected.sort(), object);
      const shared = members.filter((name) => (upstream as Members)[object]?.includes(name));
      assert.deepEqual(
        shared.filter((name) => Object.hasOwn(names, name)),
        [],
        object,
      );
    }
  });
}

/** Names of members, by what has them. */
type Members = Record<string, string[]>;

/** The members of the library's classes, by their places, and what of classes and interfaces is optional. */
function declaredMembers() {
  const classes = new Map<string, { members: string[]; base: string | undefined }>();
  const optional = new Set<string>();
  for (const file of SOURCES()) {
    /** Where what has other names here is declared: imports, and `const Untyped = EventEmitter as …`. */
    const places = new Map<string, string>();
    const placeOf = (name: string) => places.get(name) ?? `${file}: ${name}`;
    const visit = (node: ts.Node): void => {
      if (ts.isImportSpecifier(node)) {
        const from = (node.parent.parent.parent.moduleSpecifier as ts.StringLiteral).text;
        const name = (node.propertyName ?? node.name).text;
        places.set(node.name.text, `${join(dirname(file), from)}: ${name}`);
      }
      if (
        ts.isVariableDeclaration(node) &&
        node.initializer &&
        ts.isAsExpression(node.initializer)
      ) {
        const [name = ""] = /^\w*/.exec(node.initializer.getText()) ?? [];
        places.set(node.name.getText(), placeOf(name));
      }
      if (ts.isClassDeclaration(node) && node.name) {
        const members = node.members.flatMap(({ name }) =>
          name && ts.isIdentifier(name) ? [name.text] : [],
        );
        const clause = node.heritageClauses?.find(
          ({ token }) => token === ts.SyntaxKind.ExtendsKeyword,
        );
        const base = clause?.types[0]?.expression.getText();
        classes.set(`${file}: ${node.name.text}`, { members, base: base && placeOf(base) });
      }
      if ((ts.isTypeElement(node) || ts.isPropertyDeclaration(node)) && node.questionToken) {
        if (node.name && ts.isIdentifier(node.name)) optional.add(node.name.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true));
  }
  return { classes, optional };
}

function shortNames(): Record<string, string> {
  assert.ok(existsSync(MAP), "there is no dist/: run `npm run build`");
  return JSON.parse(readFileSync(MAP, "utf8"));
}

/** The members of what applications get to see of a server that has a client. */
async function membersOfServer(
  Class: typeof Upstream,
  t: { after(work: () => void): void },
): Promise<Members> {
  const http = createServer();
  const io = new Class(http, { transports: ["websocket"] });
  t.after(() => io.close());
  await once(http.listen(0), "listening");
  const { port } = http.address() as { port: number };
  const client = connect(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true });
  t.after(() => client.disconnect());
  const [socket] = (await once(io, "connection")) as unknown as [never];
  const { conn, client: itsClient, nsp, request } = socket as Record<string, object>;
  const [remote] = await io.fetchSockets();
  return Object.fromEntries(
    Object.entries({
      ...{ io, engine: io.engine, operator: io.to("room"), adapter: io.of("/").adapter },
      ...{ parent: io.of(/^\/room/), socket, conn, client: itsClient, nsp, request, remote },
    }).map(([name, object]) => [name, membersOf(object as object)]),
  );
}

/** The members that a program names. */
function membersIn(text: string, pattern: RegExp): string[] {
  const code = text.replace(COMMENT, "");
  return Array.from(code.matchAll(pattern), ([, name]) => name as string);
}

function membersOf(object: object): string[] {
  const names = new Set<string>();
  for (
    let one = object;
    one !== null && one !== Object.prototype;
    one = Object.getPrototypeOf(one)
  ) {
    for (const name of Object.getOwnPropertyNames(one)) names.add(name);
  }
  return [...names].sort();
}

/** Files below a folder, relative to the checkout. */
function filesIn(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(ROOT, "/").length))
    .filter((file) => !file.includes("node_modules"));
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}
