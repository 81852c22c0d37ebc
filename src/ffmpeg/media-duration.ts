/**
 * Reads a time as ffmpeg writes it for `-ss`, `-t` and `-to`, in milliseconds: `90`, `1:30`, `00:01:30.5`, `90s`, `500ms`,
 * `250us`, each also negative. Returns undefined for anything else.
 */
export function parseMediaDuration(text: string): number | undefined {
  const clock = /^(-?)(?:(\d+):)?(\d+):(\d+(?:\.\d*)?)$/.exec(text);
  if (clock) {
    const [, minus, hours = 0, minutes = 0, seconds = 0] = clock;
    return sign(minus) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  }
  const [, minus, number, unit = 's'] = /^(-?)(\d+(?:\.\d*)?|\.\d+)(s|ms|us)?$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  return sign(minus) * Number(number) * { s: 1000, ms: 1, us: 0.001 }[unit as 's' | 'ms' | 'us'];
}

/** Seconds with three decimals, which every ffmpeg reads. */
export function formatMediaDuration(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function sign(minus: string | undefined): 1 | -1 {
  return minus === '-' ? -1 : 1;
}
