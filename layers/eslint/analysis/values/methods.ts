/** What well-known methods give: of servers and sockets, of collections. */
import { isServerClass, outsideOf } from "../code/packages.ts";
import { asCopy, type Value } from "../code/value.ts";

/** Methods that give an element, or a view, of the collection itself. */
const GIVES_PART = new Set([
  "get",
  "at",
  "find",
  "findLast",
  "pop",
  "shift",
  "values",
  "entries",
  "next",
]);
/** Methods that give the collection itself, a copy if it is one. */
const GIVES_ITSELF = new Set(["sort", "reverse", "fill", "copyWithin", "set", "add"]);
/** Methods that give a new collection of the same elements. */
const GIVES_COPY = new Set([
  "filter",
  "slice",
  "concat",
  "toSorted",
  "toReversed",
  "flat",
  "splice",
  "flatMap",
  "map",
]);
/** Methods that give those who are told of an event, or what they are called on. */
const OPERATORS = ["in", "to", "except", "timeout", "compress", "on"];
const GIVES_SERVER = new Set([...OPERATORS, "of", "use", "attach", "listen"]);
const GIVES_SOCKET = new Set([...OPERATORS, "once"]);

/** What a method of a value gives, where the value is not the project's own. */
export function methodOf(receiver: Value, name: string): Value[] {
  switch (receiver.kind) {
    case "server":
      if (name === "fetchSockets") return [{ kind: "sockets" }];
      return [GIVES_SERVER.has(name) ? receiver : { kind: "kept" }];
    case "socket":
      if (name === "fetchSockets") return [{ kind: "sockets" }];
      return [GIVES_SOCKET.has(name) ? receiver : { kind: "kept" }];
    case "sockets":
      if (["get", "find", "at", "pop", "shift"].includes(name)) return [{ kind: "socket" }];
      return ["values", "filter", "slice"].includes(name) ? [receiver] : [{ kind: "kept" }];
    case "serverPart":
    case "connection":
      return ["on", "once"].includes(name) ? [receiver] : [{ kind: "kept" }];
    case "kept":
    case "client":
    case "engine":
      return [{ kind: "kept" }];
    case "outside":
      return [receiver];
    case "package":
      return isServerClass(receiver) ||
        isServerClass({ ...receiver, path: [...receiver.path, name] })
        ? [{ kind: "server" }]
        : outsideOf(receiver);
    case "state":
      if (GIVES_PART.has(name)) return [{ ...receiver, isCopy: false }];
      if (GIVES_ITSELF.has(name)) return [receiver];
      return GIVES_COPY.has(name) ? [asCopy(receiver)] : [];
    case "function":
      return GIVES_PART.has(name) || GIVES_COPY.has(name) ? [receiver] : [];
    default:
      return [];
  }
}
