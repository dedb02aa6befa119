type Page<Row> = { readonly data: readonly Row[]; readonly nextCursor: string | null };
type PageQuery = { readonly limit: number; readonly cursor?: string };

const pageSize = 1000;

/** The rows of one page after the other, until there are no more, or enough. */
export async function listAll<Row>(
  read: (query: PageQuery) => Promise<{ readonly body: Page<Row> }>,
  { atMost = Number.POSITIVE_INFINITY }: { readonly atMost?: number } = {},
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(pageSize, atMost - rows.length);
    const { body } = await read({ limit, ...(cursor !== undefined && { cursor }) });
    rows.push(...body.data);
    cursor = body.nextCursor ?? undefined;
  } while (cursor !== undefined && rows.length < atMost);
  return rows;
}
