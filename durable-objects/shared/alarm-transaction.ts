/** The application's alarm within a transaction of its own. */
import { bound, override } from "./override.ts";

/** As much of a transaction as alarms need. */
export interface AlarmTransaction {
  getAlarm(options?: object): Promise<number | null>;
  setAlarm(time: number | Date, options?: object): Promise<void>;
  deleteAlarm(options?: object): Promise<void>;
  rollback(): void;
}

/** Alarms within a transaction: they mean the application's, and count once it is through. */
export class TransactionView {
  /** What the application's alarm shall be; undefined if the transaction left it alone. */
  alarm: number | Date | null | undefined;
  isRolledBack = false;
  /** The transaction's own methods. */
  readonly platform: AlarmTransaction;

  constructor(txn: AlarmTransaction, getApplicationAlarm: () => Promise<number | null>) {
    this.platform = bound(txn, ["getAlarm", "setAlarm", "deleteAlarm", "rollback"]);
    override(txn, {
      getAlarm: async () =>
        this.alarm === undefined ? getApplicationAlarm() : numberOf(this.alarm),
      setAlarm: async (time: number | Date) => {
        this.alarm = time;
      },
      deleteAlarm: async () => {
        this.alarm = null;
      },
      rollback: () => {
        this.isRolledBack = true;
        this.platform.rollback();
      },
    });
  }
}

function numberOf(time: number | Date | null): number | null {
  return time === null ? null : Number(time);
}
