/** A row as the driver gives it: int8 may be a string, a number or a bigint; timestamptz is a Date, json is parsed. */
export type Row = Record<string, unknown>;

/** Runs one statement with `$1` parameters. */
export type Sql = (text: string, values?: unknown[]) => Promise<Row[]>;

/** What PostgreSQL and PGlite have in common. Errors are the driver's. */
export type Database = {
  query: Sql;
  /** Where only one can be served at a time, this goes before others. `isBurst`: and more will follow at once. */
  queryUrgently: (text: string, values: unknown[], isBurst: boolean) => Promise<Row[]>;
  /** Commits what `work` did through its own `sql`, or nothing of it when `work` throws. */
  transaction: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;
  close: () => Promise<void>;
};
