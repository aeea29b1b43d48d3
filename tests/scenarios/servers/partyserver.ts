/** Dormouse in PartyServer's class, in workerd. */
import { type Kind, makeSource } from "./workerd.ts";

export const PARTYSERVER: Kind = {
  name: "partyserver",
  makeSource: (evicted, ...more) => makeSource("dormouse-io/partyserver", evicted, ...more),
};
