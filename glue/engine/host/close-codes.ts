/** With which codes WebSockets are closed: RFC 6455, section 7.4.1, and what IANA has registered since. */

/** Nothing went wrong. */
export const NORMAL_CLOSURE = 1000;
/** Stands for a close without a code; must not be sent. */
export const NO_STATUS = 1005;
/** Stands for a connection that is gone without a close; must not be sent. */
export const ABNORMAL_CLOSURE = 1006;
/** The client does what it must not. */
export const POLICY_VIOLATION = 1008;
/** The server has failed. */
export const INTERNAL_ERROR = 1011;
/** The server starts anew: the client had better connect again. */
export const SERVICE_RESTART = 1012;
/** The server has too much to do. */
export const TRY_AGAIN_LATER = 1013;
