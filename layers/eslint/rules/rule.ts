/** What all rules have in common. */
import type { Rule } from "eslint";
import { reportsFor } from "../analysis/analyse.ts";
import type { RuleName } from "../analysis/losses/finding.ts";
import { page } from "../page.ts";
import { suggestionsFor } from "../suggestions/index.ts";

export interface Description {
  readonly description: string;
  /** By message id; `{{where}}` is added. */
  readonly messages: Record<string, string>;
}

/** A rule that reports what the analysis has found under its name. */
export function createRule(
  name: RuleName,
  { description, messages }: Description,
): Rule.RuleModule {
  const complete = Object.entries(messages).map(([id, text]) => [id, `${text}{{where}}.`]);
  return {
    meta: {
      type: "problem",
      docs: { description, recommended: true, url: `${page}#${name}` },
      hasSuggestions: true,
      schema: [],
      messages: {
        ...Object.fromEntries(complete),
        keepIt: "Keep it in `{{kept}}`, which survives a sleep",
      },
    },
    create: (context) => ({
      "Program:exit"() {
        for (const { node, finding, where } of reportsFor(context, name)) {
          const { messageId, data } = finding;
          const suggest = where === "" ? suggestionsFor(finding) : [];
          context.report({ node, messageId, data: { ...data, where }, suggest });
        }
      },
    }),
  };
}

/** The sentence for state, but for what makes it worse in one rule or another. */
export function stateMessage(consequence: string): string {
  return `\`{{name}}\` is {{home}}, and {{who}} changes it (line {{line}}): ${consequence}; keep it in {{instead}}`;
}
