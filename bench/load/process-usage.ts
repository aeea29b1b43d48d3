import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

/** CPU time and wall time of a window, read from /proc (Linux only). */
export interface Usage {
  /** Wall time of the window, in microseconds. */
  readonly wall: number;
  /** CPU time of all threads of the measured process, in microseconds. */
  readonly server: number;
  /** CPU time of the load generator itself, in microseconds. */
  readonly generator: number;
  /** CPU time of everything else on the machine, in microseconds. The machine counts in ticks: below 0 now and then. */
  readonly others: number;
}

/** Of several windows together. */
export function sumOf(windows: readonly Usage[]): Usage {
  const sum = (field: keyof Usage) => windows.reduce((total, window) => total + window[field], 0);
  return {
    wall: sum("wall"),
    server: sum("server"),
    generator: sum("generator"),
    others: sum("others"),
  };
}

/** A running window; `finish` may be called once. */
export interface UsageWindow {
  finish(): Usage;
}

/** Starts a window over the CPU time of the process `pid`. */
export function startUsageWindow(pid: number): UsageWindow {
  const machineBefore = machineCpuTime();
  const generatorBefore = process.cpuUsage();
  const wallBefore = process.hrtime.bigint();
  const threadsBefore = threadCpuTimes(pid);
  return {
    finish() {
      const threadsAfter = threadCpuTimes(pid);
      const wall = Number(process.hrtime.bigint() - wallBefore) / 1000;
      const used = process.cpuUsage(generatorBefore);
      const generator = used.user + used.system;
      const server = elapsedCpuTime(threadsBefore, threadsAfter);
      const machine = machineCpuTime() - machineBefore;
      const others = machine - server - generator;
      return { wall, server, generator, others };
    },
  };
}

/** Resident memory of the process `pid`, in KiB. */
export function residentKibibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  if (match === null) throw new Error(`no VmRSS for process ${pid}`);
  return Number(match[1]);
}

/**
 * CPU time of each thread in nanoseconds. schedstat is read, not stat: stat counts in ticks of
 * 10 ms, which is too coarse for a window of a few hundred connects.
 */
function threadCpuTimes(pid: number): Map<string, number> {
  const times = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const schedstat = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1");
      times.set(thread, Number(schedstat.slice(0, schedstat.indexOf(" "))));
    } catch {
      // The thread ended between the listing and the read.
    }
  }
  return times;
}

/** Microseconds between two readings. A thread that ended inside the window is not counted. */
function elapsedCpuTime(before: Map<string, number>, after: Map<string, number>): number {
  let nanoseconds = 0;
  for (const [thread, time] of after) nanoseconds += time - (before.get(thread) ?? 0);
  return nanoseconds / 1000;
}

function machineCpuTime(): number {
  let milliseconds = 0;
  for (const { times } of cpus()) milliseconds += times.user + times.nice + times.sys + times.irq;
  return milliseconds * 1000;
}
