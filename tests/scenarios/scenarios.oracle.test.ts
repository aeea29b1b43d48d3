/** The scenarios are right about the oracle, and show the same in every run. */
import { ALL } from "./all.ts";
import { compare } from "./runner.ts";
import { oracle } from "./servers/oracle.ts";

compare(oracle, ALL);
