/** What the handshake says where nobody set an option. */
const OPEN = {
  upgrades: [],
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxPayload: 1_000_000,
};

/** The first packet of a connection. */
export function openPacket(sid: string): string {
  return `0${JSON.stringify({ sid, ...OPEN })}`;
}
