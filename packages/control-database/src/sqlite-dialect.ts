import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

/** kysely over `node:sqlite`, which it has no dialect for. One connection, lent to one transaction at a time. */
export function createSqliteDialect(database: DatabaseSync): Dialect {
  return {
    createAdapter: () => new TransactionalAdapter(),
    createDriver: () => createDriver(database),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** SQLite takes back changes of the schema like any other; kysely would let a migration stop half way. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function createDriver(database: DatabaseSync): Driver {
  let free: Promise<void> = Promise.resolve();
  const releases = new Map<DatabaseConnection, () => void>();
  const statements = createStatements(database);
  const run = (connection: DatabaseConnection, statement: string) =>
    connection.executeQuery(CompiledQuery.raw(statement));

  return {
    init: async () => {},
    async acquireConnection() {
      const before = free;
      const { promise, resolve } = Promise.withResolvers<void>();
      free = promise;
      await before;
      const connection = createConnection(statements);
      releases.set(connection, resolve);
      return connection;
    },
    async releaseConnection(connection) {
      releases.get(connection)?.();
      releases.delete(connection);
    },
    // Immediate: one that becomes a writer half way would fail when another process has written meanwhile.
    beginTransaction: async (connection) => void (await run(connection, "begin immediate")),
    commitTransaction: async (connection) => void (await run(connection, "commit")),
    rollbackTransaction: async (connection) => void (await run(connection, "rollback")),
    destroy: async () => database.close(),
  };
}

/**
 * Another connection writes. SQLite's own way to wait blocks the event loop, and with it a transaction of this very process
 * that it waits for. Nothing has happened yet: only statements outside of a transaction, and its begin, can find it busy.
 */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === sqliteBusy;
}

const sqliteBusy = 5;
const busyTimeoutMs = 10_000;
const busyPauseMs = 5;

type Prepare = (sql: string) => { readonly statement: StatementSync; readonly hasRows: boolean };

const keptStatements = 200;

/** Those that were used last stay prepared: what looks once a second asks the same things all day, and half of what that cost was their parsing. */
function createStatements(database: DatabaseSync): Prepare {
  const kept = new Map<string, ReturnType<Prepare>>();
  return (sql) => {
    let found = kept.get(sql);
    if (found === undefined) {
      const statement = database.prepare(sql);
      found = { statement, hasRows: statement.columns().length > 0 };
    }
    kept.delete(sql);
    kept.set(sql, found);
    const [oldest] = kept.size > keptStatements ? kept.keys() : [];
    if (oldest !== undefined) kept.delete(oldest);
    return found;
  };
}

function execute<R>(prepare: Prepare, { sql, parameters }: CompiledQuery): QueryResult<R> {
  const { statement, hasRows } = prepare(sql);
  if (hasRows) return { rows: statement.all(...(parameters as SQLInputValue[])) as R[] };
  const { changes, lastInsertRowid } = statement.run(...(parameters as SQLInputValue[]));
  return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
}

function createConnection(prepare: Prepare): DatabaseConnection {
  return {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      for (const deadline = Date.now() + busyTimeoutMs; ; await sleep(busyPauseMs)) {
        try {
          return execute<R>(prepare, query);
        } catch (error) {
          if (!isBusy(error) || Date.now() >= deadline) throw error;
        }
      }
    },
    // biome-ignore lint/correctness/useYield: the interface wants a generator, and no query here is streamed
    async *streamQuery(): AsyncIterableIterator<never> {
      throw new TypeError("Expected no query to be streamed");
    },
  };
}
