/** Snapshots in the attachments of hibernatable WebSockets. */
import type { ConnectionSnapshot } from "../glue/host.ts";

/** As much of a WebSocket as attachments need. */
export interface AttachmentHolder {
  serializeAttachment(value: unknown): void;
  deserializeAttachment(): unknown;
}

/** What an attachment of ours looks like. */
interface Attachment {
  dormouse: 1;
  /** Missing if the snapshot could not be kept. */
  core?: Uint8Array;
  glue?: unknown;
}

/**
 * Keeps a snapshot. Answers the error if it cannot be kept (too large, or a value that cannot be
 * cloned): what was kept before is wrong by now and is dropped, so the client reconnects after a sleep.
 */
export function saveAttachment(socket: AttachmentHolder, snapshot: ConnectionSnapshot): unknown {
  const attachment: Attachment = { dormouse: 1, core: snapshot.core, glue: snapshot.glue };
  try {
    socket.serializeAttachment(attachment);
    return undefined;
  } catch (error) {
    const empty: Attachment = { dormouse: 1 };
    socket.serializeAttachment(empty);
    return error;
  }
}

/** The snapshot that was kept, or undefined. */
export function loadAttachment(socket: AttachmentHolder): ConnectionSnapshot | undefined {
  const attachment = socket.deserializeAttachment() as Partial<Attachment> | null;
  if (attachment?.dormouse !== 1 || attachment.core === undefined) return undefined;
  return { core: attachment.core, glue: attachment.glue };
}
