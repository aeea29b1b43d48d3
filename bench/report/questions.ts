import type { Series } from "./results.ts";

/** What a reader wants to know, and the series that answer it; one figure each. */
export interface Figure {
  readonly title: string;
  /** What the numbers are. */
  readonly unit: "ratio" | "difference";
  readonly bars: readonly Bar[];
}

/** One comparison with a floor. */
export interface Bar {
  readonly label: string;
  readonly against: Against;
  readonly value: number;
  readonly series: Series;
}

/** What a figure is held against; each has its colour. */
export type Against = "raw" | "socket.io" | "itself";

interface Question {
  readonly title: string;
  readonly unit: Figure["unit"];
  asks(measure: string, target: string): boolean;
}

const QUESTIONS: readonly Question[] = [
  {
    title: "A message",
    unit: "ratio",
    asks: (measure) => /^(echo|pace|ack|decode)-/.test(measure),
  },
  {
    title: "A broadcast, for each who receives it",
    unit: "ratio",
    asks: (measure, target) => measure.startsWith("broadcast-") && !isSpread(target),
  },
  {
    title: "A broadcast to several shards, for each who receives it",
    unit: "ratio",
    asks: (measure, target) => measure.startsWith("broadcast-") && isSpread(target),
  },
  {
    title: "A client",
    unit: "ratio",
    asks: (measure) => /^(connect|memory|join|heartbeat)/.test(measure),
  },
  {
    title: "A sleep, a new object: ms more than a raw object",
    unit: "difference",
    asks: (measure) => /^(wake|start)/.test(measure),
  },
];

/** The figures of a run; a question without an answer has none. */
export function figuresOf(series: readonly Series[]): Figure[] {
  return QUESTIONS.map(({ title, unit, asks }) => {
    const answers = series.filter(({ measure, target }) => asks(measure, target));
    const bars = answers.flatMap((one) => barsOf(one, unit));
    return { title, unit, bars };
  }).filter(({ bars }) => bars.length > 0);
}

function barsOf(series: Series, unit: Figure["unit"]): Bar[] {
  const value = unit === "ratio" ? series.ratio : series.excess;
  if (value === undefined || !isShown(series)) return [];
  return [{ label: labelOf(series), against: againstOf(series), value, series }];
}

/** Over several objects, beside one. */
function isSpread(target: string): boolean {
  return target.startsWith("shards-");
}

/** Floors are no answers, though they may stand on a lower one; nor is a way that a target did not go. */
function isShown({ measure, target }: Series): boolean {
  if (target.startsWith("raw-") || target === "json-parse") return false;
  return !/^connect-/.test(measure) || target.startsWith("polling-");
}

function againstOf({ floor }: Series): Against {
  if (floor.startsWith("raw-")) return "raw";
  return floor.startsWith("dormouse-") ? "itself" : "socket.io";
}

/** The measure, and what is switched on where that is the question; Node, where workerd has the same measure. */
function labelOf(series: Series): string {
  const { measureTitle, targetTitle } = series;
  const [, feature] = targetTitle.split(", ");
  const against = againstOf(series);
  if (against === "socket.io") return `${measureTitle}, on Node`;
  const isFeature = against === "itself" && feature !== undefined;
  return isFeature && !/polling/.test(measureTitle) ? `${measureTitle}, ${feature}` : measureTitle;
}
