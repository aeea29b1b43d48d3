/**
 * Our handlers on one of the platform's objects, where the platform looks first: they come before those of the
 * application, which may be methods of its class, fields, or assigned in its constructor.
 *
 * Fields and constructors of subclasses come behind ours, and replace what we have set. PartyKit looks for a handler
 * with each event: ours are put back in a microtask. Workers read all of them once, when the constructor is over and
 * before any microtask: `fetch` first, then those of other kinds of Workers, then an object's. So ours are put back when
 * one is read that objects do not have.
 */
import { inMicrotask } from "../../../glue/common/microtasks.ts";
import { override } from "../platform/replaced-methods.ts";

/** Workers read it before the handlers of alarms and WebSockets. */
const READ_BEFORE = "tail";

export class InstalledHandlers<Handlers extends object> {
  /** The application's: the methods of its class, and its fields. */
  readonly applications: Handlers;
  readonly #object: Handlers;
  readonly #ours: Map<string, unknown>;
  /**
   * Those of ours that somebody has read: the platform, or a constructor, which has put something around it. That stays
   * where it is, and calls ours.
   */
  readonly #read = new Set<string>();
  readonly #replaced = new Set<string>();
  #isPlatformReading = false;

  /** To be made in the object's constructor. `onSettled` is called when it is over, and `applications` complete. */
  constructor(object: Handlers, ours: Handlers, onSettled: () => void) {
    this.#object = object;
    this.#ours = new Map(Object.entries(ours));
    const ofClass = Object.getPrototypeOf(object) as Handlers;
    this.applications = Object.create(ofClass) as Handlers;
    for (const name of this.#ours.keys()) this.#put(name);
    const get = (): unknown => {
      this.#isPlatformReading = true;
      this.#takeFields();
      return Reflect.get(ofClass, READ_BEFORE);
    };
    Object.defineProperty(object, READ_BEFORE, { configurable: true, get });
    inMicrotask(() => {
      this.#settle();
      onSettled();
    });
  }

  /** @throws Error if the platform has taken a field of the application's for a handler, and would never call ours */
  check(): void {
    if (!this.#isPlatformReading) return;
    const missed = [...this.#replaced].filter((name) => !this.#read.has(name));
    if (missed.length === 0) return;
    throw new Error(`dormouse: make ${missed.join(", ")} methods of the class, not fields`);
  }

  #put(name: string): void {
    const get = (): unknown => {
      this.#read.add(name);
      return this.#ours.get(name);
    };
    const set = (value: unknown): void => override(this.#object, { [name]: value });
    Object.defineProperty(this.#object, name, { configurable: true, get, set });
  }

  #takeFields(): void {
    for (const name of this.#ours.keys()) {
      if (this.#read.has(name)) continue;
      const property = Object.getOwnPropertyDescriptor(this.#object, name);
      if (property?.get !== undefined) continue;
      this.#put(name);
      this.#replaced.add(name);
      const field: unknown = property?.value;
      // One that is declared alone is undefined, and says nothing.
      if (typeof field === "function") override(this.applications, { [name]: field });
    }
  }

  #settle(): void {
    Reflect.deleteProperty(this.#object, READ_BEFORE);
    this.#takeFields();
    for (const [name, handler] of this.#ours) {
      const property = Object.getOwnPropertyDescriptor(this.#object, name);
      if (property?.get !== undefined) override(this.#object, { [name]: handler });
    }
  }
}
