/** One line of results. What a bench does not measure is null. */
export interface Row {
  readonly impl: string;
  /** Calls at once. */
  readonly n: number;
  readonly profile: string | null;
  readonly bytes: number | null;
  /** From the start of a process to its first byte; with several outputs, to the first of the last one. */
  readonly firstByteMs: number | null;
  /** From `play()` to the first packet on the wire. */
  readonly firstPacketMs: number | null;
  readonly cpuUsPerPacket: number | null;
  /** Of one core, user and system, all threads. */
  readonly cpuPct: number | null;
  /** Of that CPU time, what the garbage collector stopped the main thread for. */
  readonly gcPct: number | null;
  readonly packetsPerS: number | null;
  /** From the time a packet is due to when the kernel has it. */
  readonly latenessP50Ms: number | null;
  readonly latenessP99Ms: number | null;
  readonly latenessMaxMs: number | null;
  readonly rssPerCallKB: number | null;
  readonly rssMB: number | null;
  /** Of what was sent, what did not arrive, or was not authentic. */
  readonly lossPct: number | null;
  /** CPU of one connection, its peer's not counted. */
  readonly setupCpuMs: number | null;
  /** How long one connection takes while others connect, and all that start together. */
  readonly setupP50Ms: number | null;
  readonly setupMaxMs: number | null;
  readonly setupAllMs: number | null;
  /** Since the start of a long run. */
  readonly minute: number | null;
  readonly heapMB: number | null;
  /** What keeps the event loop alive: sockets, timers, files. */
  readonly handles: number | null;
  /** Media time sent, less the time that has passed. */
  readonly driftMs: number | null;
}

/** A row with what was measured. */
export function row({ impl, ...measured }: Pick<Row, 'impl'> & Partial<Row>): Row {
  return {
    impl,
    n: 1,
    profile: null,
    bytes: null,
    firstByteMs: null,
    firstPacketMs: null,
    cpuUsPerPacket: null,
    cpuPct: null,
    gcPct: null,
    packetsPerS: null,
    latenessP50Ms: null,
    latenessP99Ms: null,
    latenessMaxMs: null,
    rssPerCallKB: null,
    rssMB: null,
    lossPct: null,
    setupCpuMs: null,
    setupP50Ms: null,
    setupMaxMs: null,
    setupAllMs: null,
    minute: null,
    heapMB: null,
    handles: null,
    driftMs: null,
    ...measured,
  };
}

/** What says only which measurement a row is of. */
const NAMES: ReadonlySet<string> = new Set<keyof Row>(['impl', 'n', 'profile', 'bytes']);

/** Whether anything was measured. */
export function hasFigures(line: Row): boolean {
  return Object.entries(line).some(([key, value]) => value !== null && !NAMES.has(key));
}

/** The medians of what several runs measured, figure by figure; a figure that a run lacks is left to the others. */
export function medianRow(rows: readonly Row[]): Row {
  const [first] = rows;
  const figures = Object.entries(first!).map(([key, value]) => {
    if (typeof value === 'string') return [key, value] as const;
    const values = rows.map((line) => line[key as keyof Row]).filter((one) => typeof one === 'number');
    return [key, values.length > 0 ? median(values) : null] as const;
  });
  return Object.fromEntries(figures) as Row;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function printTable(title: string, rows: readonly Row[]): void {
  console.log(title);
  const columns = columnsOf(rows);
  console.table(rows.map((line) => Object.fromEntries(columns.map((key) => [key, shown(line[key])]))));
}

/** Those in which anything was measured. Results of before may lack some. */
export function columnsOf(rows: readonly Row[]): (keyof Row)[] {
  return (Object.keys(rows[0] ?? {}) as (keyof Row)[]).filter((key) => rows.some((line) => line[key] != null));
}

/** Three digits are more than repeats. */
export function shown(value: string | number | null): string | number {
  return typeof value === 'number' ? Number(value.toPrecision(3)) : (value ?? '');
}
