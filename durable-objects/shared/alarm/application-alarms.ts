/** The methods of an object's storage by which the application sets its alarm: they mean its own alarm, not the platform's. */
import { override } from "../platform/replaced-methods.ts";
import { type AlarmTransaction, TransactionView } from "./alarm-transaction.ts";

/** As much of an object's storage as alarms need. */
export interface AlarmStorage {
  getAlarm(options?: object): Promise<number | null>;
  setAlarm(time: number | Date, options?: object): Promise<void>;
  deleteAlarm(options?: object): Promise<void>;
  deleteAll(options?: object): Promise<void>;
  transaction(closure: (txn: AlarmTransaction) => Promise<unknown>): Promise<unknown>;
}

/** The application's alarm, as whoever shares the platform's has it. */
export interface ApplicationAlarm {
  get(options?: object): Promise<number | null>;
  set(time: number | Date, options?: object): Promise<void>;
  delete(options?: object): Promise<void>;
  /** The storage was emptied. */
  recover(): Promise<void>;
  /** Applies what a transaction did, still within the transaction. */
  commit(view: TransactionView): Promise<void>;
  /** Returns a function that restores what is remembered, for a transaction that is rolled back. */
  remember(): () => void;
  /** Whether transactions also hold what is done beside their own methods. */
  readonly isWithinTransactions: boolean;
}

/** Replaces the methods of this storage by those of the application's alarm. To be called once. */
export function takeOverAlarms(storage: AlarmStorage, application: ApplicationAlarm): void {
  const deleteAll = storage.deleteAll.bind(storage);
  override(storage, {
    getAlarm: (options?: object) => application.get(options),
    setAlarm: (time: number | Date, options?: object) => application.set(time, options),
    deleteAlarm: (options?: object) => application.delete(options),
    deleteAll: async (options?: object) => {
      await deleteAll(options);
      await application.recover();
    },
  });
  takeOverTransactions(storage, application);
  takeOverSync(storage, application);
}

function takeOverTransactions(storage: AlarmStorage, application: ApplicationAlarm): void {
  const transaction = storage.transaction.bind(storage);
  const remember = () => (application.isWithinTransactions ? application.remember() : () => {});
  override(storage, {
    transaction: async (closure: (txn: AlarmTransaction) => Promise<unknown>) => {
      const putBack = remember();
      let isRolledBack = false;
      try {
        return await transaction(async (txn) => {
          const view = new TransactionView(txn, () => application.get());
          const result = await closure(txn);
          isRolledBack = view.isRolledBack;
          if (!isRolledBack) await application.commit(view);
          return result;
        });
      } catch (error) {
        isRolledBack = true;
        throw error;
      } finally {
        if (isRolledBack) putBack();
      }
    },
  });
}

function takeOverSync(storage: AlarmStorage, application: ApplicationAlarm): void {
  const sync = storage as { transactionSync?: (closure: () => unknown) => unknown };
  const transactionSync = sync.transactionSync?.bind(storage);
  if (transactionSync === undefined) return;
  override(storage, {
    transactionSync: (closure: () => unknown) => {
      const putBack = application.remember();
      try {
        return transactionSync(closure);
      } catch (error) {
        putBack();
        throw error;
      }
    },
  });
}
