/** Where a track is, as text: `1:23 ━━━━●──────── 3:45`; without a duration, as of radio, only the time. */
export function progressBar(positionMs: number, durationMs: number | undefined, cells = 14): string {
  if (durationMs === undefined) return formatTime(positionMs);
  const at = Math.min(cells - 1, Math.floor((positionMs / durationMs) * cells));
  return `${formatTime(positionMs)} ${'━'.repeat(at)}●${'─'.repeat(cells - 1 - at)} ${formatTime(durationMs)}`;
}

/** `3:05`, `1:02:03`. */
export function formatTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = `${String(m).padStart(h > 0 ? 2 : 1, '0')}:${String(s).padStart(2, '0')}`;
  return h > 0 ? `${h}:${tail}` : tail;
}

/** Milliseconds of `90`, `1:30` or `1:02:03`; undefined for anything else. */
export function parseTime(text: string): number | undefined {
  if (!/^\d+(:[0-5]?\d){0,2}$/.test(text)) return undefined;
  return text.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0) * 1000;
}
