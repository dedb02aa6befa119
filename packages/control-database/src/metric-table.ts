import type { Kysely } from "kysely";
import type { Schema, ServiceMetricRow } from "./schema.ts";

/** What a service was like in a step of time. A name that is not there was not known. */
export type MetricPoint = {
  readonly serviceId: number;
  /** Where the step begins. */
  readonly at: Date;
  readonly values: Readonly<Record<string, number>>;
};

/** The history of services, in steps of several lengths. */
export interface MetricTable {
  /** Several processes may write the same step: the first one counts. */
  add(stepSeconds: number, points: readonly MetricPoint[]): Promise<void>;
  /** Oldest first; of one service, or of all. `from` is inclusive, `to` is not. */
  list(
    stepSeconds: number,
    query: { readonly serviceId?: number; readonly from: Date; readonly to: Date },
  ): Promise<readonly MetricPoint[]>;
  latest(stepSeconds: number, serviceId: number): Promise<MetricPoint | undefined>;
  /** Where the newest step of all begins. */
  newest(stepSeconds: number): Promise<Date | undefined>;
  prune(stepSeconds: number, before: Date): Promise<number>;
}

const atOnce = 200;

export function createMetricTable(db: Kysely<Schema>): MetricTable {
  const all = (stepSeconds: number) =>
    db.selectFrom("service_metric").selectAll().where("step_seconds", "=", stepSeconds);
  return {
    async add(stepSeconds, points) {
      const rows = points.map(({ serviceId, at, values }) => {
        const point = JSON.stringify(values);
        return { service_id: serviceId, step_seconds: stepSeconds, at: at.toISOString(), point };
      });
      for (let start = 0; start < rows.length; start += atOnce) {
        await db
          .insertInto("service_metric")
          .values(rows.slice(start, start + atOnce))
          .onConflict((conflict) => conflict.columns(["service_id", "step_seconds", "at"]).doNothing())
          .execute();
      }
    },
    async list(stepSeconds, { serviceId, from, to }) {
      let query = all(stepSeconds).where("at", ">=", from.toISOString()).where("at", "<", to.toISOString());
      if (serviceId !== undefined) query = query.where("service_id", "=", serviceId);
      return (await query.orderBy("at").execute()).map(toPoint);
    },
    async latest(stepSeconds, serviceId) {
      const query = all(stepSeconds).where("service_id", "=", serviceId).orderBy("at", "desc").limit(1);
      const row = await query.executeTakeFirst();
      return row && toPoint(row);
    },
    async newest(stepSeconds) {
      const row = await all(stepSeconds).orderBy("at", "desc").limit(1).executeTakeFirst();
      return row && new Date(row.at);
    },
    async prune(stepSeconds, before) {
      const { numDeletedRows } = await db
        .deleteFrom("service_metric")
        .where("step_seconds", "=", stepSeconds)
        .where("at", "<", before.toISOString())
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

function toPoint({ service_id: serviceId, at, point }: ServiceMetricRow): MetricPoint {
  return { serviceId, at: new Date(at), values: JSON.parse(point) };
}
