/** The stock client's files, as `socket.io` serves them: from the npm package `socket.io-client`, if it is installed. */
import { createReadStream, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream";
import { createBrotliCompress, createDeflate, createGzip } from "node:zlib";
import { encodingFor } from "./compression.ts";

/** Upstream's. */
const NAMES = ["socket.io", "socket.io.min", "socket.io.msgpack.min", "socket.io.esm.min"];
const FILES: ReadonlySet<string> = new Set(
  NAMES.flatMap((name) => [`${name}.js`, `${name}.js.map`]),
);
const COMPRESSIONS = { br: createBrotliCompress, gzip: createGzip, deflate: createDeflate };

export class ClientFiles {
  readonly #folder: string;
  readonly #etag: string;

  private constructor(folder: string, version: string) {
    this.#folder = folder;
    this.#etag = `"${version}"`;
  }

  /** The package's folder, looked up from the program, then from this package; undefined if there is none. */
  static find(): ClientFiles | undefined {
    for (const from of [join(process.cwd(), "package.json"), import.meta.url]) {
      try {
        const file = createRequire(from).resolve("socket.io-client/package.json");
        const { version } = JSON.parse(readFileSync(file, "utf8"));
        return new ClientFiles(join(dirname(file), "dist"), version);
      } catch {
        // The next place may have it.
      }
    }
    return undefined;
  }

  /** The file that a request is for; undefined if it is for none. `path`: the server's. */
  nameOf({ url = "" }: IncomingMessage, path: string): string | undefined {
    const name = url.slice(path.length + 1).split("?", 1)[0] as string;
    return FILES.has(name) ? name : undefined;
  }

  /** Answers with a file. Headers that are set already are kept. */
  send(name: string, request: IncomingMessage, response: ServerResponse): void {
    const known = request.headers["if-none-match"];
    if (known === this.#etag || known === `W/${this.#etag}`) {
      response.writeHead(304).end();
      return;
    }
    const type = name.endsWith(".map") ? "json" : "javascript";
    response.setHeader("Cache-Control", "public, max-age=0");
    response.setHeader("Content-Type", `application/${type}; charset=utf-8`);
    response.setHeader("ETag", this.#etag);
    const file = createReadStream(join(this.#folder, name));
    const encoding = encodingFor(request, ["br", "gzip", "deflate"]);
    const onEnd = (error: unknown): void => {
      if (error) response.end();
    };
    if (encoding === undefined) {
      response.writeHead(200);
      pipeline(file, response, onEnd);
    } else {
      response.writeHead(200, { "Content-Encoding": encoding });
      pipeline(file, COMPRESSIONS[encoding](), response, onEnd);
    }
  }
}
