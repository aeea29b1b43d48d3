/**
 * PartyKit's own facade, which `partykit dev` puts around a project, as the source of a Worker for
 * Miniflare: `partykit dev` itself cannot make a room sleep at will.
 */
import { readFileSync } from "node:fs";

const FACADE = new URL("../../node_modules/partykit/dist/generated.js", import.meta.url);

/** The parts of a project. `head` must declare `Worker`, the main party's class. */
export interface FacadeParts {
  head: string;
  /** The exported Durable Object classes, made by the facade's `createDurable`. */
  parties: string;
  /** The default export, and whatever it needs; the facade's functions are in scope. */
  foot: string;
}

export function partyKitSource({ head, parties, foot }: FacadeParts): string {
  return readFileSync(FACADE, "utf8")
    .replace('import Worker from "__WORKER__";', () => head)
    .replace(/import StaticAssetManifest from "[^"]*";/, "const StaticAssetManifest = {};")
    .replace("__R2_BINDINGS__", "[]")
    .replace("__KV_BINDINGS__", "[]")
    .replace("__PARTIES__;", () => parties)
    .replace(/export \{[^}]*\};\s*$/, () => foot);
}
