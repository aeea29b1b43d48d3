/**
 * `load().then((user) => { socket.data.name = user.name; })` in a connection listener, where an event puts another name
 * there: a replay loads once more, and puts the first name in the place of the other.
 */
import type * as ESTree from "estree";
import { enclosingCode, visit } from "../../code/syntax.ts";
import { isEnd, lineage } from "../../walk/context.ts";
import { changedBy } from "../../walk/data-changes.ts";
import type { Flow } from "../../walk/flow.ts";
import type { Effect } from "../../walk/records.ts";
import { isSamePlace, pathOf } from "./data-paths.ts";

/** Whether an event's code changes what another place, beside the connection listener, puts there again. */
export function isPutByEvents(flow: Flow, { module, node }: Effect): boolean {
  const path = pathOf(flow, module, changedBy(node));
  if (!path) return false;
  let isFound = false;
  for (const other of flow.modules) {
    visit(other.program, other.keys, (part) => {
      const target = changedBy(part);
      if (isFound || part === node || target === part) return !isFound;
      const there = pathOf(flow, other, target);
      isFound = there !== undefined && isSamePlace(path, there) && isOfEvent(flow, part);
      return !isFound;
    });
  }
  return isFound;
}

function isOfEvent(flow: Flow, place: ESTree.Node): boolean {
  return [...flow.contextsOf(enclosingCode(place))].some((context) => {
    return lineage(context).at(-1)?.kind === "listener" && !isEnd(context);
  });
}
