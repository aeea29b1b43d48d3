/**
 * What the Engine.IO document says about HTTP long-polling, which these servers do not have switched on: every
 * request for it gets Engine.IO's own error, status 400, `{"code":0,"message":"Transport unknown"}`,
 * which the tests check. Those that have it are compared with `socket.io` in `tests/polling`.
 */
export const NOT_APPLICABLE: readonly string[] = [
  "HTTP long-polling: successive long GET and short POST requests",
  "Query parameters: without a mandatory one the server MUST respond with status 400 (it does)",
  "Headers: binary data MUST have the content type application/octet-stream",
  "Headers: without a content type the receiver SHOULD infer plain text",
  "Sending data: a client MUST create a POST request",
  "Sending data: an unknown session ID MUST be answered with status 400 (it is)",
  "Sending data: success MUST be answered with status 200 and the string ok",
  "Sending data: a second active POST request MUST be answered with 400 and end the session",
  "Receiving data: a client MUST create a GET request",
  "Receiving data: the server MAY wait until there are packets, and SHOULD encode them in the body",
  "Receiving data: a second active GET request MUST be answered with 400 and end the session",
  "Handshake: HTTP long-polling first (by default)",
  "Handshake: the client MUST send the sid with all subsequent requests (a WebSocket makes none)",
  "Heartbeat: a client SHOULD consider the connection closed without a ping (a rule for clients)",
  "Upgrade: the client SHOULD begin with long-polling, pause it, and probe a WebSocket with 2probe",
  "Upgrade: the server MUST send noop to a pending GET request, and respond with 3probe",
  "Upgrade: the client MUST send an upgrade packet to complete it",
  "Packet encoding: packets are concatenated with \\x1e; binary MUST be base64 behind a b",
  "Packet encoding: the client SHOULD use maxPayload to decide how many packets to concatenate",
];

/** Requests that a client with long-polling makes: method, then query. */
export const POLLING_REQUESTS: readonly (readonly [string, string])[] = [
  ["GET", "EIO=4&transport=polling"],
  ["GET", "EIO=4&transport=polling&t=abc&sid=unknown"],
  ["POST", "EIO=4&transport=polling&sid=unknown"],
  ["GET", "EIO=4&transport=polling&j=0"],
  ["GET", "EIO=4&transport=webtransport"],
  ["GET", "EIO=4"],
];
