/**
 * Dormouse in PartyKit's rooms, in workerd: PartyKit's own facade, which `partykit dev` puts around a
 * project, with one party per scenario. (`partykit dev` itself cannot make a room sleep at will.)
 */
import { partyKitSource } from "../../support/partykit-facade.ts";
import { ALL } from "../all.ts";
import { bindingOf, classOf, type Kind, moreOptions, numbers } from "./workerd.ts";

const EDGE = "the handshake is negotiated at the edge, out of reach of the room's io.engine";

export const PARTYKIT: Kind = {
  name: "partykit",
  makeSource,
  excluded: {
    "engine: initial_headers and headers add to the upgrade's answer": EDGE,
    "engine: generateId makes the engine's ids": EDGE,
    "engine: generateId may be asynchronous": EDGE,
    "engine: an unknown transport is refused": EDGE,
    "engine: an unknown session is refused": EDGE,
    "engine: another protocol version is refused": EDGE,
    "engine: a long-polling client is told that the transport is unknown": EDGE,
    "engine: plain requests that are no handshake": EDGE,
    "engine: use() adds middlewares for requests": EDGE,
    "engine: allowRequest lets requests in": EDGE,
    "engine: allowRequest gives the reason, later": EDGE,
  },
};

function makeSource(evicted: boolean, chosen = numbers, polls = false): string {
  const unknown = Object.keys(PARTYKIT.excluded ?? {}).filter(
    (name) => !ALL.some((scenario) => scenario.name === name),
  );
  if (unknown.length > 0) throw new Error(`no such scenarios: ${unknown.join(", ")}`);
  const rooms = chosen.map((number) => {
    const scenario = `ALL[${number}]!`;
    return `class ${roomOf(number)} extends createServer(
      { hibernate: "always", ...MORE, ...${scenario}.options, room: (request) => chosen.get(request) },
      (io, room) => serverHalf(${scenario}, ${evicted})(io, { name: room.id }),
    ) {
      onStart() {
        started({ id: { name: this.room.id } });
      }
    }`;
  });
  const parties = chosen.map((number) => {
    const name = bindingOf(number);
    return `export const ${classOf(number)} = createDurable(${roomOf(number)}, { name: "${name}" });`;
  });
  const head = `
    import { createServer } from "dormouse-io/partykit";
    ${moreOptions(polls)}
    import { ALL } from "./tests/scenarios/all.ts";
    import { fetchHandler, serverHalf, started } from "./tests/scenarios/servers/worker-side.ts";
    const chosen = new WeakMap();
    ${rooms.join("\n")}
    const Worker = ${roomOf(chosen[0] ?? 0)};
  `;
  const edges = chosen.map((number) => `${bindingOf(number)}: ${roomOf(number)}`);
  const foot = `
    const edges = { ${edges.join(", ")} };
    export default {
      fetch(request, env, ctx) {
        const party = new URL(request.url).pathname.split("/")[1];
        const all = createMultiParties(env, { host: new URL(request.url).host });
        return fetchHandler((stripped, _namespace, { name }) => {
          chosen.set(stripped, name);
          return edges[party].onFetch(stripped, { parties: { main: all[party] }, env }, ctx);
        })(request, env);
      },
    };
  `;
  return partyKitSource({ head, parties: parties.join("\n"), foot });
}

const roomOf = (number: number) => `Room${number}`;
