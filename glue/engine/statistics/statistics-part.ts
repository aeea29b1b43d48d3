import { type Counting, Statistics, type StatisticsOwner } from "./statistics.ts";

/** Counts nothing. */
class NoStatistics implements Counting {
  readonly isStarted = true;
  noteMessage(): void {}
  noteRequest(): void {}
  noteClose(): void {}
  noteTimer(): void {}
  noteAlarm<T>(handle: () => T): T {
    return handle();
  }
  explain(): void {}
  start(): void {}
  endTurn(_now?: number, saveClients?: () => void): void {
    saveClients?.();
  }
  keepSoon(): void {}
  take(): number[] {
    return [];
  }
  comeBack(): void {}
  resume(): void {}
}

/** `Statistics`, or `NoStatistics` where they were left out of the bundle. */
export const StatisticsPart: new (place: StatisticsOwner) => Counting =
  typeof DORMOUSE_STATISTICS === "undefined" || DORMOUSE_STATISTICS ? Statistics : NoStatistics;
