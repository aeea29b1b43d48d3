/** The samples that `perf script` prints, by functions of the Worker's. */

/** What was running when a sample was taken: the innermost function first. */
export type Stack = readonly string[];

/** How V8 names what it has compiled: with marks of how, and the place in the script behind it. */
const SCRIPTED = /^JS:[~^+*']*(?<name>.*?)(?: [^ ]*\.js:\d+:\d+)?$/;
const FRAME = /^\t\s*[0-9a-f]+ (?<symbol>.*) \(.*\)$/;
const OFFSET = /\+0x[0-9a-f]+$/;

/** Samples in which a function was running, by itself or by what the platform did for it; and in which it was called. */
export interface Counted {
  readonly name: string;
  readonly self: number;
  readonly inclusive: number;
}

export function readStacks(text: string): Stack[] {
  const stacks: Stack[] = [];
  for (const sample of text.split("\n\n")) {
    const frames = sample.split("\n").map((line) => FRAME.exec(line)?.groups?.symbol);
    const stack = frames.filter((symbol) => symbol !== undefined);
    if (stack.length > 0) stacks.push(stack.map((symbol) => symbol.replace(OFFSET, "")));
  }
  return stacks;
}

/** `under`: counts the samples in which a function of this name was called, and no others. */
export function countFunctions(
  stacks: readonly Stack[],
  under?: string,
): { functions: Counted[]; platform: number; counted: number } {
  const self = new Map<string, number>();
  const inclusive = new Map<string, number>();
  let platform = 0;
  let counted = 0;
  for (const stack of stacks) {
    const names = stack.map(functionName).filter((name) => name !== undefined);
    if (under !== undefined && !names.includes(under)) continue;
    counted += 1;
    const [innermost] = names;
    if (innermost === undefined) platform += 1;
    else add(self, innermost);
    for (const name of new Set(names)) add(inclusive, name);
  }
  const functions = [...inclusive].map(([name, calls]) => {
    return { name, self: self.get(name) ?? 0, inclusive: calls };
  });
  functions.sort((a, b) => b.self - a.self);
  return { functions, platform, counted };
}

/** Undefined for what is not the Worker's. */
function functionName(symbol: string): string | undefined {
  const name = SCRIPTED.exec(symbol)?.groups?.name;
  return name === "" ? "(a function without a name)" : name;
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
