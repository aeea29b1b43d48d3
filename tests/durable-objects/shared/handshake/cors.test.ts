// Cross-origin headers: whatever the npm package `cors` does, this does.
import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import cors, { type CorsOptions as UpstreamOptions } from "cors";
import { applyCors } from "../../../../durable-objects/shared/handshake/cors.ts";
import type {
  CorsOptions,
  CorsOptionsDelegate,
} from "../../../../glue/engine/options/cors-options.ts";
import { ALLOWED, CORS_SETTINGS, OTHER } from "../../../support/cors-settings.ts";

interface Outcome {
  status: number | undefined;
  error: unknown;
  headers: Record<string, string>;
}

const REQUESTS: [string, string, Record<string, string>][] = [
  ["a request from an allowed origin", "GET", { origin: ALLOWED }],
  ["a request from another origin", "GET", { origin: OTHER }],
  ["a request from no origin", "GET", {}],
  ["a POST", "POST", { origin: ALLOWED }],
  ["a preflight", "OPTIONS", { origin: ALLOWED, "access-control-request-headers": "x-p, x-q" }],
  ["a preflight from another origin", "OPTIONS", { origin: OTHER }],
  ["a preflight without origin", "OPTIONS", {}],
];

function makeRequest(method: string, headers: Record<string, string>) {
  const request = new IncomingMessage(new Socket());
  return Object.assign(request, { method, url: "/socket.io/", headers, _query: {} });
}

async function upstream(
  setting: unknown,
  method: string,
  headers: Record<string, string>,
): Promise<Outcome> {
  const request = makeRequest(method, headers);
  const response = new ServerResponse(request);
  const outcome: Outcome = { status: undefined, error: undefined, headers: {} };
  await new Promise<void>((resolve) => {
    response.end = (() => {
      outcome.status = response.statusCode;
      resolve();
    }) as never;
    cors(setting as UpstreamOptions)(request, response, (error?: unknown) => {
      outcome.error = error ?? undefined;
      resolve();
    });
  });
  for (const [name, value] of Object.entries(response.getHeaders())) {
    outcome.headers[name] = String(value);
  }
  return outcome;
}

async function ours(
  setting: CorsOptions | CorsOptionsDelegate | boolean,
  method: string,
  fields: Record<string, string>,
): Promise<Outcome> {
  const headers = new Headers();
  const outcome: Outcome = { status: undefined, error: undefined, headers: {} };
  try {
    outcome.status = await applyCors(setting, makeRequest(method, fields), headers);
  } catch (error) {
    outcome.error = (error as Error).cause;
  }
  outcome.headers = Object.fromEntries(headers);
  return outcome;
}

for (const [what, setting] of CORS_SETTINGS) {
  for (const [which, method, headers] of REQUESTS) {
    test(`${what}, ${which}: as upstream`, async () => {
      const expected = await upstream(setting, method, headers);
      const actual = await ours(setting, method, headers);
      assert.deepEqual(actual, expected);
    });
  }
}

test("off, there is not a header", async () => {
  assert.deepEqual((await ours(false, "OPTIONS", { origin: ALLOWED })).headers, {});
});

const RETURNED: [string, CorsOptions | CorsOptionsDelegate][] = [
  ["a function that returns an origin", { origin: () => ALLOWED }],
  ["a function that promises one", { origin: async () => [ALLOWED] }],
  [
    "a function that calls back and returns a timer",
    { origin: (_, answer) => setTimeout(answer, 1, null, ALLOWED) },
  ],
  ["a delegate that returns options", () => ({ origin: ALLOWED })],
  ["a delegate that promises them", async () => ({ origin: ALLOWED })],
  [
    "a delegate that calls back and returns a timer",
    (_, answer) => setTimeout(answer, 1, null, { origin: ALLOWED }),
  ],
];
for (const [what, setting] of RETURNED) {
  test(`${what}: as if it were given`, async () => {
    const [method, headers] = ["GET", { origin: ALLOWED }];
    assert.deepEqual(
      await ours(setting, method, headers),
      await upstream({ origin: ALLOWED }, method, headers),
    );
  });
}

test("options that a function gives are checked by name and type", async () => {
  const request = makeRequest("GET", { origin: ALLOWED });
  const misspelt: CorsOptionsDelegate = (_request, answer) =>
    answer(null, { orgin: "*" } as CorsOptions);
  await assert.rejects(applyCors(misspelt, request, new Headers()), {
    name: "TypeError",
    message: 'dormouse: unknown option "cors.orgin" (did you mean "cors.origin"?)',
  });
  const illTyped = async () => ({ credentials: "yes" });
  await assert.rejects(applyCors(illTyped as CorsOptionsDelegate, request, new Headers()), {
    message: 'dormouse: option "cors.credentials" must be a boolean, got "yes"',
  });
});
