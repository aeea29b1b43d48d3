/** Rewrites variables that would be lost to what is kept: `io.data.count`, `socket.data.name`. */
import type { Rule } from "eslint";
import type { Finding } from "../analysis/losses/finding.ts";
import { planMove } from "./plan.ts";
import { rewrite } from "./rewrite.ts";

/** One for a simple variable whose uses all see the server or the socket; none for others. */
export function suggestionsFor(finding: Finding): Rule.SuggestionReportDescriptor[] {
  for (const keeper of finding.keepers ?? []) {
    const move = planMove(finding, keeper);
    if (!move) continue;
    const fix = (fixer: Rule.RuleFixer) => rewrite(fixer, move);
    return [{ messageId: "keepIt", data: { kept: move.kept }, fix }];
  }
  return [];
}
