/** Several deadlines by name, of which the platform is told the earliest. After a sleep their owners set them again. */

/** A deadline that its owner has not moved or cleared when it rang is rung again after so many milliseconds. */
const INSIST = 1_000;

interface Deadline {
  /** Milliseconds since the epoch. */
  time: number;
  ring: () => void;
}

export class Deadlines {
  readonly #byName = new Map<string, Deadline>();
  readonly #onChange: (earliest: number | null) => void;
  readonly #report: (error: unknown, name: string) => void;
  #isRinging = false;

  /**
   * `onChange` gets the earliest whenever any has changed (milliseconds since the epoch; `null`: there is
   * none). `report` gets what owners throw.
   */
  constructor(
    onChange: (earliest: number | null) => void,
    report: (error: unknown, name: string) => void,
  ) {
    this.#onChange = onChange;
    this.#report = report;
  }

  /** The earliest of all; `null` if there is none. */
  get earliest(): number | null {
    let earliest: number | null = null;
    for (const { time } of this.#byName.values()) {
      if (earliest === null || time < earliest) earliest = time;
    }
    return earliest;
  }

  /** Whether this is the only deadline. */
  isOnly(name: string): boolean {
    return this.#byName.size === 1 && this.#byName.has(name);
  }

  /** Moves a deadline, or clears it (`null`). `ring` is called once it has passed. */
  set(name: string, time: number | null, ring: () => void): void {
    if (time === null) this.#byName.delete(name);
    else this.#byName.set(name, { time, ring });
    if (!this.#isRinging) this.#onChange(this.earliest);
  }

  /** Rings what is due, and tells what comes next. */
  ring(now: number): void {
    this.#ring(
      [...this.#byName].filter(([, { time }]) => time <= now),
      now,
    );
  }

  /**
   * Rings all, due or not: after a sleep it is not known for which of them the object woke, and their owners may have
   * set them again.
   */
  ringAll(now: number): void {
    this.#ring([...this.#byName], now);
  }

  #ring(deadlines: [string, Deadline][], now: number): void {
    if (this.#isRinging) return;
    this.#isRinging = true;
    for (const [name, deadline] of deadlines.sort(([, a], [, b]) => a.time - b.time)) {
      // Its owner did nothing, perhaps because its clock was set back: it is rung again.
      if (deadline.time <= now) deadline.time = now + INSIST;
      try {
        deadline.ring();
      } catch (error) {
        this.#report(error, name);
      }
    }
    this.#isRinging = false;
    this.#onChange(this.earliest);
  }
}
