/** The options of `instrument`, with upstream's names, defaults and messages. */
import { getRounds } from "bcryptjs";
import {
  boolean,
  checkOptionsOf,
  having,
  type OptionCheck,
} from "../../glue/common/option-checks.ts";
import type { Store } from "./stores.ts";

/** A name and a password that every admin has to give. */
export interface BasicAuthentication {
  /** The only kind there is. */
  type: "basic";
  /** The name that is to be given. */
  username: string;
  /** Its bcrypt hash, made by `npx bcryptjs <password>`, `htpasswd -nbB`, … */
  password: string;
}

/** What `instrument` takes. */
export interface InstrumentOptions {
  /** The namespace of the admins. Default `/admin`. */
  namespaceName?: string;
  /** How admins show who they are. `false`: whoever connects is one. There is no default. */
  auth: false | BasicAuthentication;
  /** Whether admins can only look. Default false. */
  readonly?: boolean;
  /** Tells servers apart. Default: the name of a shard's object, the `uid` of an adapter that has one, else `dormouse`. */
  serverId?: string;
  /** Where it is kept who is an admin. Default: in the object's storage, for a day. */
  store?: Store;
  /**
   * `development` shows every event, `production` what events there were, in numbers. Default: what
   * `process.env.NODE_ENV` says, else `development`.
   */
  mode?: "development" | "production";
}

/** Options with their defaults filled in. */
export type Settings = Required<Omit<InstrumentOptions, "store">> & { store: Store };

const name: OptionCheck = {
  accepts: (value) => typeof value === "string" && value !== "",
  expectation: "a name",
};

const CHECKS: Record<keyof InstrumentOptions, OptionCheck> = {
  namespaceName: name,
  // Upstream's words for what is wrong with it are below.
  auth: { accepts: () => true, expectation: "" },
  readonly: boolean,
  serverId: name,
  store: having(
    ["doesSessionExist", "saveSession"],
    "a store of sessions, with doesSessionExist() and saveSession()",
  ),
  mode: {
    accepts: (value) => value === "development" || value === "production",
    expectation: '"development" or "production"',
  },
};

/**
 * Checks options and fills in the defaults.
 *
 * @param makeStore makes the store where none is given
 * @throws TypeError for an option that is unknown or of the wrong type; Error, as upstream, for `auth`
 */
export function readOptions(options: InstrumentOptions, makeStore: () => Store): Settings {
  checkOptionsOf("instrument", CHECKS, options ?? {});
  const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  checkAuthentication(options?.auth);
  const settings = {
    namespaceName: "/admin",
    readonly: false,
    mode: environment() === "production" ? "production" : "development",
    ...(Object.fromEntries(given) as unknown as InstrumentOptions),
  } as Settings;
  settings.store ??= makeStore();
  if (settings.auth === false && settings.mode === "production") {
    console.warn(
      "dormouse: instrument() without authentication in production: whoever connects to " +
        `${settings.namespaceName} sees everything${settings.readonly ? "" : " and can disconnect everybody"}; ` +
        "set the option `auth`",
    );
  }
  return settings;
}

function checkAuthentication(auth: unknown): void {
  if (auth === undefined) {
    throw new Error("the `auth` option must be specified or explicitly set to `false`");
  }
  if (auth === false) return;
  const { type, username, password } = (auth ?? {}) as Partial<BasicAuthentication>;
  if (type !== "basic" || typeof username !== "string") {
    throw new Error("invalid `auth` option, please check the documentation");
  }
  try {
    if (Number.isNaN(getRounds(password as string))) throw new Error("no hash");
  } catch {
    throw new Error("the `password` field must be a valid bcrypt hash");
  }
}

/** Bundlers fill it in where there is no `process`. */
function environment(): string | undefined {
  try {
    return process.env.NODE_ENV;
  } catch {
    return undefined;
  }
}
