/** One line of results. What a bench does not measure is null. */
export interface Row {
  readonly impl: string;
  /** Calls at once. */
  readonly n: number;
  readonly profile: string | null;
  readonly bytes: number | null;
  readonly cpuUsPerPacket: number | null;
  readonly cpuPct: number | null;
  readonly latenessP50Ms: number | null;
  readonly latenessP99Ms: number | null;
  readonly latenessMaxMs: number | null;
  readonly rssPerCallKB: number | null;
  readonly rssMB: number | null;
  readonly lossPct: number | null;
  readonly setupCpuMs: number | null;
}

/** A row with what was measured. */
export function row(measured: Pick<Row, 'impl'> & Partial<Row>): Row {
  return {
    n: 1,
    profile: null,
    bytes: null,
    cpuUsPerPacket: null,
    cpuPct: null,
    latenessP50Ms: null,
    latenessP99Ms: null,
    latenessMaxMs: null,
    rssPerCallKB: null,
    rssMB: null,
    lossPct: null,
    setupCpuMs: null,
    ...measured,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Prints the columns in which anything was measured. */
export function printTable(title: string, rows: readonly Row[]): void {
  console.log(title);
  const columns = (Object.keys(rows[0] ?? {}) as (keyof Row)[]).filter((key) =>
    rows.some((line) => line[key] !== null),
  );
  console.table(rows.map((line) => Object.fromEntries(columns.map((key) => [key, shown(line[key])]))));
}

function shown(value: string | number | null): string | number {
  return typeof value === 'number' ? Number(value.toPrecision(3)) : (value ?? '');
}
