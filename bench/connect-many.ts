/** Runs `connect` for each of `n` calls, `atOnce` at a time; the results are in order. */
export async function connectMany<T>(n: number, atOnce: number, connect: (call: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  async function worker(): Promise<void> {
    while (next < n) {
      const call = next++;
      results[call] = await connect(call);
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, n) }, worker));
  return results;
}
