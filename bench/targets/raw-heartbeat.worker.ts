import { HEARTBEAT } from "./heartbeat.ts";
import worker, { BenchObject as Frames } from "./raw-frames.worker.ts";

/** The object that exchanges the handshake's frames, and a heartbeat that is a loop which sends. */
export class BenchObject extends Frames {
  override async fetch(request: Request): Promise<Response> {
    const { storage } = this.ctx;
    if ((await storage.getAlarm()) === null) {
      // Nobody's handshake waits for the disk.
      storage.setAlarm(Date.now() + HEARTBEAT, { allowUnconfirmed: true });
    }
    return super.fetch(request);
  }

  override async alarm(): Promise<void> {
    const clients = this.ctx.getWebSockets();
    for (const client of clients) client.send("2");
    if (clients.length > 0) await this.ctx.storage.setAlarm(Date.now() + HEARTBEAT);
  }
}

export default worker;
