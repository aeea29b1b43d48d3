/**
 * Snapshots in the attachments of hibernatable WebSockets. What does not fit there spills into the
 * object's storage, see spilled-parts.ts.
 */
import type { ConnectionSnapshot } from "../../../glue/engine/host/host.ts";
import { isCloneError } from "../../../glue/sleep/values/cloneable.ts";
import type { Spill } from "./spilled-parts.ts";

/** What attachments need of a WebSocket. */
export interface AttachmentHolder {
  serializeAttachment(value: unknown): void;
  deserializeAttachment(): unknown;
}

/** Where the rest is kept. `read` is synchronous, also right after a sleep. */
export type SnapshotSpill = Pick<Spill, keyof Spill>;

/** The version of the form of attachments. One of another version counts as none. */
const VERSION = 2;

/** A revision that no snapshot has. */
const LOST = -1;

/** An attachment as the library writes it. */
interface Attachment {
  dormouse: typeof VERSION;
  /** Missing if it spilled, or could not be kept. */
  core?: string;
  /** The glue's half of the snapshot. Missing where `core` may be. */
  glue?: unknown;
  /** Where the rest is in the storage. */
  spill?: string;
  /** The `passing` part of the snapshot, if there is one. */
  passing?: unknown;
  /** Set if there was one that did not fit: the connection is closed when the object wakes up. */
  unfinished?: true;
  /** The server's statistics, or a part of them. Only a few attachments have any. */
  tally?: readonly number[];
  /** Set if the connection is closed, though the platform may still list the WebSocket for a while. */
  closed?: true;
}

/** The parts of a WebSocket's snapshot that are in the storage. */
interface Spilled {
  key: string;
  /** The snapshot's `revision`. */
  revision: number;
  hasCore: boolean;
}

/** What was found in an attachment. */
export type Loaded =
  | { kind: "snapshot"; snapshot: ConnectionSnapshot }
  /** The connection is over. */
  | { kind: "closed" }
  /** It cannot be restored; `problem` says why. */
  | { kind: "lost"; problem: unknown };

/** Whether an attachment was written by this version. */
export function isAttachment(value: unknown): boolean {
  return (value as Partial<Attachment> | null)?.dormouse === VERSION;
}

/** Keeps snapshots of many WebSockets. Storage is written only for those that outgrow attachments. */
export class SnapshotKeeper {
  readonly #spill: SnapshotSpill;
  readonly #spilled = new Map<AttachmentHolder, Spilled>();
  /** The WebSocket whose attachment has the statistics. */
  #carrier: AttachmentHolder | undefined;
  #counts: readonly number[] | undefined;
  /** Newer statistics, to be attached with the next snapshot that has room. */
  #offered: readonly number[] | undefined;
  /** Other WebSockets whose attachments have statistics from before a sleep. */
  readonly #earlier = new Set<AttachmentHolder>();
  /** The statistics that were found in attachments, until `takeCounts`. */
  #found: (readonly number[])[] = [];

  constructor(spill: SnapshotSpill) {
    this.#spill = spill;
  }

  /**
   * Keeps a snapshot. Returns whether that was costly: the storage was written, or the snapshot was too large, which
   * only cloning it tells.
   *
   * Throws a `DataCloneError` for what cannot be cloned, and has changed nothing then. Throws what the storage throws,
   * and drops what was kept before, so that the client has to reconnect after a sleep. It has to do so, too, if
   * `passing` does not fit, which is never written to the storage.
   */
  save(socket: AttachmentHolder, snapshot: ConnectionSnapshot): boolean {
    const { core, glue, passing, revision } = snapshot;
    const spilled = this.#spilled.get(socket);
    const isGlueKept = spilled !== undefined && spilled.revision === revision;
    if (isGlueKept && !spilled.hasCore) {
      if (this.#attachWith(socket, { core, spill: spilled.key }, passing)) return false;
    }
    if (!isGlueKept && this.#attachWith(socket, { core, glue }, passing)) {
      return this.#drop(socket);
    }
    if (passing !== undefined) {
      markUnfinished(socket);
      return true;
    }
    try {
      this.#spillOver(socket, snapshot);
      return true;
    } catch (error) {
      this.#drop(socket);
      attach(socket, {});
      throw error;
    }
  }

  /** The snapshot that was kept last. Never throws. */
  load(socket: AttachmentHolder): Loaded {
    try {
      const attachment = socket.deserializeAttachment() as Partial<Attachment> | null;
      if (attachment === null || !isAttachment(attachment)) {
        return lost("the attachment is not ours");
      }
      if (attachment.closed === true) return { kind: "closed" };
      return this.#read(socket, attachment);
    } catch (problem) {
      return { kind: "lost", problem };
    }
  }

  /**
   * Puts what the server counts into an attachment, beside the snapshot there: into this one, or else into the
   * one that it was put into last. Returns false if that cannot be; the next save tries others then.
   */
  saveCounts(counts: readonly number[], to?: AttachmentHolder): boolean {
    const [earlier] = this.#earlier;
    const socket = to ?? this.#carrier ?? earlier;
    if (socket === undefined) return false;
    this.#carrier = undefined;
    if (!this.#attachCounts(socket, counts)) return false;
    this.#carrier = socket;
    this.#counts = counts;
    this.#earlier.delete(socket);
    // All that they had a part of is in `counts`.
    for (const one of this.#earlier) this.#attachCounts(one, undefined);
    this.#earlier.clear();
    return true;
  }

  /**
   * Puts what the server counts beside a snapshot that `saveOthers` saves: that of the connection with which it was
   * kept last, or of any if there is none. Returns whether that was done.
   */
  saveCountsAlong(counts: readonly number[], saveOthers: () => void): boolean {
    this.#offered = counts;
    try {
      saveOthers();
      return this.#offered === undefined;
    } finally {
      this.#offered = undefined;
    }
  }

  /** Returns false if it has no place there. `counts` undefined: there are none any more. */
  #attachCounts(socket: AttachmentHolder, counts: readonly number[] | undefined): boolean {
    try {
      const before = socket.deserializeAttachment();
      if (!isAttachment(before)) return false;
      const { tally: _, ...content } = before as Attachment;
      // What has spilled did so because there was no room.
      if (content.closed || content.spill !== undefined) return false;
      return attach(socket, counts === undefined ? content : { ...content, tally: counts });
    } catch {
      // The platform does not know the WebSocket any more.
      return false;
    }
  }

  /** Looks for what the server had counted in an attachment that is not loaded. */
  lookForCounts(socket: AttachmentHolder): void {
    try {
      const attachment = socket.deserializeAttachment();
      if (isAttachment(attachment)) this.#noteCounts(socket, attachment as Attachment);
    } catch {
      // The platform does not know the WebSocket any more.
    }
  }

  /** The parts that were found of what the server had counted before the sleep that is over, each once. */
  takeCounts(): readonly (readonly number[])[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  #noteCounts(socket: AttachmentHolder, { tally }: Partial<Attachment>): void {
    if (tally === undefined || socket === this.#carrier || this.#earlier.has(socket)) return;
    this.#earlier.add(socket);
    this.#found.push(tally);
  }

  /**
   * The connection is closed: nothing of it is kept any more. Returns whether the statistics were kept with it, which
   * then have to be saved elsewhere.
   */
  forget(socket: AttachmentHolder): boolean {
    this.#drop(socket);
    try {
      attach(socket, { closed: true });
    } catch {
      // The platform does not know the WebSocket any more.
    }
    const wasEarlier = this.#earlier.delete(socket);
    if (socket !== this.#carrier) return wasEarlier;
    this.#carrier = undefined;
    return true;
  }

  /**
   * What was spilled under this key is not kept after all. Returns the WebSocket, which has no snapshot any more;
   * undefined if the key is of none.
   */
  fail(key: string): AttachmentHolder | undefined {
    for (const [socket, spilled] of this.#spilled) {
      if (spilled.key !== key) continue;
      this.#spilled.delete(socket);
      attach(socket, {});
      return socket;
    }
    return undefined;
  }

  /** What has spilled may be lost. Returns the WebSockets whose whole snapshots have to be saved again. */
  lose(): AttachmentHolder[] {
    for (const spilled of this.#spilled.values()) spilled.revision = LOST;
    return [...this.#spilled.keys()];
  }

  /** Deletes what spilled of WebSockets that are gone. `there`: those that are not. */
  clean(there: Iterable<AttachmentHolder>): void {
    const keys = new Set<string>();
    for (const socket of there) {
      const spilled = this.#spilled.get(socket);
      if (spilled !== undefined) keys.add(spilled.key);
    }
    this.#spill.deleteExcept(keys);
  }

  #read(socket: AttachmentHolder, attachment: Partial<Attachment>): Loaded {
    const { spill: key } = attachment;
    this.#noteCounts(socket, attachment);
    const rest = typeof key === "string" ? this.#spill.read(key) : undefined;
    if (key !== undefined && rest === undefined) return lost("what had spilled is gone");
    const core = attachment.core ?? rest?.core;
    if (typeof core !== "string") return lost("nothing was kept");
    // Revisions count from 0 with every wake.
    if (key !== undefined) {
      this.#spilled.set(socket, { key, revision: 0, hasCore: attachment.core === undefined });
    }
    const snapshot: ConnectionSnapshot = {
      core,
      glue: rest === undefined ? attachment.glue : rest.glue,
      passing: attachment.passing,
      revision: 0,
    };
    if (attachment.unfinished === true) snapshot.isUnfinished = true;
    return { kind: "snapshot", snapshot };
  }

  /** What passes is left out if it is too large; what the server counts, too. */
  #attachWith(
    socket: AttachmentHolder,
    content: Omit<Attachment, "dormouse">,
    passing: unknown,
  ): boolean {
    if (socket === this.#carrier || this.#isForAnybody) {
      const tally = (this.#offered ?? this.#counts) as number[];
      const whole: Omit<Attachment, "dormouse"> = { ...content, tally };
      if (passing !== undefined) whole.passing = passing;
      if (attach(socket, whole)) {
        this.#carrier = socket;
        this.#counts = tally;
        this.#offered = undefined;
        return true;
      }
      if (socket === this.#carrier) this.#carrier = undefined;
    }
    const isAttached = attachWith(socket, content, passing);
    // Its statistics are part of the newer ones, which are saved in this turn.
    if (isAttached) this.#earlier.delete(socket);
    return isAttached;
  }

  /** Whether statistics wait for a place, and no attachment holds any. */
  get #isForAnybody(): boolean {
    return this.#offered !== undefined && this.#carrier === undefined && this.#earlier.size === 0;
  }

  #spillOver(socket: AttachmentHolder, { core, glue, revision }: ConnectionSnapshot): void {
    const key = this.#spilled.get(socket)?.key ?? this.#spill.newKey();
    const hasCore = !attach(socket, { core, spill: key });
    if (hasCore) attach(socket, { spill: key });
    this.#spill.write(key, hasCore ? { core, glue } : { glue });
    this.#spilled.set(socket, { key, revision, hasCore });
  }

  /** Returns whether there was something. */
  #drop(socket: AttachmentHolder): boolean {
    const spilled = this.#spilled.get(socket);
    if (spilled === undefined) return false;
    this.#spilled.delete(socket);
    this.#spill.delete(spilled.key);
    return true;
  }
}

/** Returns false if it is too large. */
function attach(socket: AttachmentHolder, content: Omit<Attachment, "dormouse">): boolean {
  try {
    socket.serializeAttachment({ dormouse: VERSION, ...content });
    return true;
  } catch (error) {
    if (isCloneError(error)) throw error;
    // Each platform has its own limit, and its own message.
    if (/larger|limit|size|large/i.test((error as Error).message)) return false;
    throw error;
  }
}

/** Attaches the content with `passing`, or without it if they are too large together. */
function attachWith(
  socket: AttachmentHolder,
  content: Omit<Attachment, "dormouse">,
  passing: unknown,
): boolean {
  if (passing === undefined) return attach(socket, content);
  return (
    attach(socket, { ...content, passing }) || attach(socket, { ...content, unfinished: true })
  );
}

/** Leaves the attachment as it was, and marks that the connection cannot be restored from it. */
function markUnfinished(socket: AttachmentHolder): void {
  const before = socket.deserializeAttachment();
  if (isAttachment(before)) {
    const { passing: _, ...content } = before as Attachment;
    if (attach(socket, { ...content, unfinished: true })) return;
  }
  attach(socket, {});
}

function lost(problem: string): Loaded {
  return { kind: "lost", problem: new Error(problem) };
}
