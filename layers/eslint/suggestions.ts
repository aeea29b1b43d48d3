/** Rewrites variables that would be lost to what is kept: `io.data.count`, `socket.data.name`. */
import type { Rule } from "eslint";
import type { Finding } from "./analysis/findings.ts";

export function suggestionsFor(_finding: Finding): Rule.SuggestionReportDescriptor[] {
  return [];
}
