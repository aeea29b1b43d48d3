/** What middlewares of the engine, and others who see requests first, hang on them. */
import { KeptRequest } from "../../engine/handshake/kept-request.ts";
import type { Host } from "../../engine/host/host.ts";
import { unkeptIn } from "../remaking/unkept.ts";
import { HiddenSearch } from "../values/hidden-properties.ts";
import { areAllKnown } from "../values/properties.ts";
import { propertiesOf } from "./added-properties.ts";

/** A request of the platform's own hides much that is its own. `known`: what is not looked at. */
export function searchRequest(
  request: object,
  known: ReadonlySet<string>,
  prefix: string,
  search: HiddenSearch,
): void {
  if (request instanceof KeptRequest) {
    search.lookOn(request, known, prefix.slice(0, -1));
    return;
  }
  const keys = Object.keys(request);
  if (areAllKnown(keys, known)) return;
  for (const key of keys) {
    if (!known.has(key)) search.lookInside(Reflect.get(request, key), prefix + key);
  }
}

/** The names of properties of a request that hold more than data: what set them is to run again. */
export function unkeptOnRequest(request: object, host: Host): string[] {
  const known = propertiesOf(request, host);
  const search = new HiddenSearch();
  searchRequest(request, known, "request.", search);
  const values = new Map(search.found);
  unkeptIn(request, known, "", values);
  return [...values.keys()];
}
