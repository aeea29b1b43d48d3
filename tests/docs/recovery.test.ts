// docs/recovery.md: each of its sentences, and each row of its tables, has a test that fails where it is not true.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const JOURNAL = "glue/adapter/recovery/journal";
const WRITES = "glue/adapter/recovery/journal-writes";
const CRASH = "glue/adapter/recovery/crash";
const MEMORY = "glue/adapter/recovery/recovery";
const PACKETS = "glue/adapter/recovery/packets";
const OBJECTS = "durable-objects/cloudflare/recovery";
const NODE = "durable-objects/node/recovery";
const PARTYKIT = "durable-objects/partykit/recovery";
const PARTYSERVER = "durable-objects/partyserver/partyserver";
const SHARDS = "durable-objects/shards/recovery";
const FORWARDS = "glue/adapter/shards/sessions/forwarding-addresses";
const SCENARIOS = "scenarios/groups/recovery.scenarios";
const SOAK = "soak/recovery";

/** A part of a test's name, as it is written, by the file that it is in. */
type Proof = Readonly<Record<string, string>>;

/** What there is to be read, from its start on, and what shows it. */
const PROOFS: Readonly<Record<string, Proof>> = {
  // The page's head.
  "A client that was lost comes back to its session:": {
    [SCENARIOS]: "id, rooms, data and the missed packets come back",
    [SOAK]: "random losses against a model",
  },
  "Sessions and packets are kept in the object's storage,": {
    [OBJECTS]: "an object that is evicted with its sockets closed, again and again",
    [SOAK]: "random losses against a model",
  },
  "On Node they are kept in memory,": {
    [NODE]: "a parser of one's own, binary, and a sleep in between",
  },

  // What is promised.
  "A session is recovered in full,": { [CRASH]: "random crashes, " },
  "`socket.recovered` is true only if": { [SOAK]: "random losses against a model" },
  "Otherwise it gets a new session,": { [CRASH]: "only who may have missed something" },
  "| the client was lost for at most": {
    [SCENARIOS]: "an expired session is fresh",
    [MEMORY]: "a session expires, and other reasons to leave keep none",
  },
  "| the object slept, or was evicted": {
    [OBJECTS]: "an object that is evicted with its sockets closed, again and again",
  },
  "| it was aborted, killed or deployed, and": {
    [OBJECTS]: "a killed process: what was written is recovered",
    [JOURNAL]: "a crash after a pause loses nothing",
  },
  "| the same while it was sending:": {
    [OBJECTS]: "killed in the middle of something: only who may have missed what is lost",
    [JOURNAL]: "strict: what is sent is written before, and outlives any crash",
  },
  "| the same: everybody else": {
    [OBJECTS]: "killed in the middle of something: only who may have missed what is lost",
  },
  "| it was killed in the very turn": { [CRASH]: "random crashes, " },
  "| the client left, or was disconnected": {
    [SCENARIOS]: "a client that was disconnected is not recovered",
  },
  "| it missed more than is kept": {
    [MEMORY]: "ten thousand packets are kept, and an offset from before them is of no use",
  },
  "The lines in the middle are about the writes": {
    [JOURNAL]: "a crash that loses the last batch",
  },
  "While a batch is open, the storage says to which": {
    [CRASH]: "only who may have missed something of the last batch begins anew",
  },
  "If the rooms change all the time": {
    [CRASH]: "who is concerned: those of the last ten seconds, and everybody while",
  },
  "The offsets that clients have are numbers of one history.": {
    [JOURNAL]: "after a sleep the history goes on: numbers follow",
  },
  "Each write reserves the next 1,024": {
    [CRASH]: "many packets in one turn do not outrun what is reserved",
  },
  "A new history begins only if the journal": {
    [OBJECTS]: "a journal of another version is dropped whole",
    [JOURNAL]: "an application that deletes everything deletes no session",
  },
  "Kept are broadcasts to rooms and namespaces,": {
    [SCENARIOS]: "what the socket itself was sent is missed, too",
    [NODE]: "a parser of one's own, binary, and a sleep in between",
  },
  "Not kept, as in `socket.io`: volatile": {
    [SCENARIOS]: "only what was meant for the socket is sent again",
  },
  "What was sent to a room is missed by": {
    [OBJECTS]: "what was sent to a room counts by who was in it then",
  },
  "How much is kept: packets for": {
    [MEMORY]: "packets are bounded by bytes: who missed no more than fits recovers",
    [JOURNAL]: "rows are used again, also small ones: what is too old for the ring",
  },
  "A packet that is larger than a value": {
    [JOURNAL]: "a packet that is too large for the storage is sent, and who missed it starts anew",
    [PACKETS]: "one that no value has room for is not kept",
  },
  "Of lost sessions, 32,768 and 8 MB": {
    [MEMORY]: "so are lost sessions, with their data: the oldest go first",
    [PACKETS]: "of many small lost sessions the latest are kept",
  },

  // What clients have to do.
  "Nothing: the stock client sends what is needed.": { [OBJECTS]: "a killed process: what was" },
  "It gives back the last argument of the last event": {
    [SCENARIOS]: "CONNECT's answer has a private id, events have an offset",
  },
  "So that nothing else is taken for an offset,": {
    [MEMORY]: "a volatile event that ends in a string has the offset of what came before it",
  },
  "A client that never got a packet gets all": {
    [MEMORY]: "who never got a packet has no offset, and gets all since its session began",
  },
  "A client may be lost again while it recovers:": {
    [MEMORY]: "a client that is lost while it recovers gets the rest, and nothing twice",
  },
  "Only if its connection ends between what it missed": {
    [MEMORY]: "the stock client hands on twice what came before a CONNECT that was not answered",
  },
  "A client that comes back before its loss was noticed": {
    [MEMORY]:
      "a client that comes back before it was missed takes over: the old connection ends first",
    [OBJECTS]: "a client that comes back while its old socket is thought to be there takes over",
  },
  "Middlewares are skipped for who recovers": {
    [SCENARIOS]: "middlewares run if skipMiddlewares is false, and may refuse",
  },

  // When a session expires.
  "A lost session that its client does not come back to": {
    [OBJECTS]: "a session that expires is told of once, also if the object slept or died meanwhile",
    [PARTYSERVER]: "a session that expires is told of once, in a room that is",
    [PARTYKIT]: "a session that expires is told of once, also if the room is out of memory",
  },
  "It is the place for what `disconnect` is too early for.": {
    [MEMORY]:
      "a session that expires is told of once, with its rooms and data; one that is recovered",
  },
  "To be registered in `setup`,": { [PARTYSERVER]: "a session that expires is told of once, in a" },
  "Sessions that end because a crash took what": {
    [CRASH]: "those who begin anew after a crash are told of, and nobody else",
  },

  // On shards.
  "A client of [several shards](scaling.md) may come back": {
    [SHARDS]: "a lost client comes back to any shard, and again, awake and asleep",
  },
  "That one, or where it has moved since,": {
    [SHARDS]: "of several that come with one private id the last one has the session, also if",
  },
  "What other shards send meanwhile is on its way": {
    [SHARDS]: "nothing is lost or comes twice in a storm of clients that move",
  },
  "The client waits for that, for a few calls": {
    [SHARDS]: "a lost client comes back to any shard, and again, awake and asleep",
  },
  "After it, everything finds the client on its new shard:": {
    [SHARDS]: "a lost client comes back to any shard, and again, awake and asleep",
  },
  "If a shard is reset in the middle or does not answer": {
    [SHARDS]: "if a shard ends while a client moves, it has all that it missed, or a new session",
  },
  "A session with more than 8 MB of missed packets does not move.": {
    [SHARDS]: "a session that missed more than 8 MB does not move, one that missed less does",
  },
  "Each shard remembers 32,768 of the sessions that were made on it": {
    [FORWARDS]: "so many are remembered, and survive a sleep",
  },
  "`expire-session` is told by the shard that": {
    [SHARDS]: "a session that has moved expires once, where it is",
  },

  // What it costs.
  "In rows written, which is what storage is billed by:": {
    [WRITES]: "rows: one for a connect, few for many packets, none for what is idle",
  },
  "| a client joins a namespace": { [WRITES]: "rows: one for a connect, few for many" },
  "| its rooms or data change, it is lost,": { [WRITES]: "rows: of each change, loss, return" },
  "| it is the first that is lost,": { [WRITES]: "rows: of each change, loss, return" },
  "| a packet after a pause": { [WRITES]: "rows: one for a connect, few for many" },
  "| the first packet after the object started": {
    [CRASH]: "the first packet after a start is written before it is sent",
  },
  "| 1,000 packets in one second,": {
    [WRITES]: "rows: no more where packets come many at a time",
    [CRASH]: "a thousand packets a second to ever other rooms: no more rows",
  },
  "| a session expires": { [WRITES]: "rows: of each change, loss, return and expiry" },
  "| an idle hour": {
    [WRITES]: "rows: one for a connect, few for many packets, none for what is idle",
  },
  'With `"strict"` each packet is a row,': {
    [WRITES]: "rows: of each change, loss, return and expiry, and of strict packets",
    [OBJECTS]: "a killed process: what was written is recovered",
  },
  "So let clients of many rooms join them together.": {
    [WRITES]: "strict: rooms that are joined together are one row",
  },
  "While a batch waits to be written, a timer": {
    [OBJECTS]: "an object that is evicted with its sockets closed, again and again",
  },
  "The object's alarm wakes it once for the expiry": {
    [OBJECTS]:
      "idle with recovery: no more wakes than the heartbeat's, and one when a lost session",
  },
  "Without the option nothing is read or written.": {
    [WRITES]: "without recovery nothing is read or written",
  },

  // Safety.
  "A session is given to nobody but who knows": {
    [SCENARIOS]: "an unknown private id or offset gives a fresh session",
    [OBJECTS]: "neither private ids nor offsets are in the log, not even under DEBUG",
    [MEMORY]: "a log under DEBUG has no private id",
  },
  "An offset that is forged, cut or": {
    [SCENARIOS]: "an unknown private id or offset gives a fresh session",
    [MEMORY]: "what is no offset of this server, or of the future, recovers nothing",
  },
  "If the storage fails or is full, one line": {
    [OBJECTS]: "SQLite that takes no more rows, or whose rows cannot be read",
  },
  "Where it fails later and for a single value": {
    [PARTYKIT]: "a single row that is not kept: who misses it begins anew, others go on",
    [JOURNAL]:
      "a row that is not kept after all: one line, and nobody recovers without what it held",
  },
};

/** What no test shows, by how it begins. To be shown rather than to be more. */
const NOT_SHOWN = [
  "If the shard to which it was given is reset in that very moment,",
  "While the home of a room fails, others send",
];

const page = readFileSync(new URL("../../docs/recovery.md", import.meta.url), "utf8");

/** Sentences, items of lists and rows of tables, without line breaks. */
function statementsOf(text: string): string[] {
  return text
    .replace(/```[\s\S]*?```/g, "")
    .split(/\n{2,}/)
    .filter((block) => !block.startsWith("#"))
    .flatMap((block) => {
      // A table has a head.
      if (block.startsWith("|")) return block.trim().split("\n").slice(2);
      const items = block.split(/^- /m).map((item) => item.replace(/\s+/g, " ").trim());
      return items.flatMap((item) => item.split(/(?<=[.:]) (?=[A-Z`])/));
    })
    .filter((statement) => statement !== "");
}

test("each sentence of the page has a test, and nothing else does", () => {
  const starts = [...Object.keys(PROOFS), ...NOT_SHOWN];
  const isOf = (statement: string) => (start: string) => statement.startsWith(start);
  const statements = statementsOf(page);
  for (const statement of statements) {
    assert.equal(starts.filter(isOf(statement)).length, 1, statement);
  }
  for (const start of starts) {
    assert.equal(statements.filter((statement) => isOf(statement)(start)).length, 1, start);
  }
});

test("the tests are there", () => {
  const files = new Map<string, string>();
  for (const [start, proof] of Object.entries(PROOFS)) {
    for (const [file, name] of Object.entries(proof)) {
      const path = new URL(`../${file}${file === SCENARIOS ? "" : ".test"}.ts`, import.meta.url);
      const text = files.get(file) ?? readFileSync(path, "utf8");
      files.set(file, text);
      const isNamed = text.split("\n").some((line) => isName(line) && line.includes(name));
      assert.ok(isNamed, `${file} has no test "${name}", which shows: ${start}`);
    }
  }
});

/** Whether a line of a file gives a test its name. */
function isName(line: string): boolean {
  return /^\s*(test\(|name: )/.test(line);
}
