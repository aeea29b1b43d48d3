/** The application's alarm within a transaction of its own. */
import { bound, override } from "../platform/replaced-methods.ts";

/** As much of a transaction as alarms need. */
export interface AlarmTransaction {
  getAlarm(options?: object): Promise<number | null>;
  setAlarm(time: number | Date, options?: object): Promise<void>;
  deleteAlarm(options?: object): Promise<void>;
  rollback(): void;
}

/** A transaction whose alarm methods mean the application's alarm. What they do counts once it commits. */
export class TransactionView {
  /** The application's alarm as the transaction has set it. Undefined if it has not. */
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
