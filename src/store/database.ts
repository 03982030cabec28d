/**
 * A row as the driver returns it: int8 may be a string, a number or a bigint; timestamptz is a Date, json is parsed.
 */
export type Row = Record<string, unknown>;

/** Runs one statement with `$1` parameters. */
export type Sql = (text: string, values?: unknown[]) => Promise<Row[]>;

/** The common interface of PostgreSQL and PGlite. Errors are those of the driver. */
export type Database = {
  query: Sql;
  /** A query that goes before others if only one can run at a time. `isBurst`: more queries follow immediately. */
  queryUrgently: (text: string, values: unknown[], isBurst: boolean) => Promise<Row[]>;
  /** Commits everything that `work` did through its `sql`, or nothing if `work` throws. */
  transaction: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;
  close: () => Promise<void>;
};
