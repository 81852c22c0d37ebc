import type { Logger } from '../core/logger.ts';

/**
 * Writes everything to stderr, a line each, by the layer it is from: `call`, `ice`, `dtls`, `srtp`, `sctp`, `source`,
 * `ffmpeg`, `pace`, `rtmp`, `signaling`.
 */
export function createDebugLogger(
  write: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
): Logger {
  const at =
    (level: string) =>
    (data: object, message = ''): void => {
      const { layer = 'rxcall', ...rest } = data as { layer?: string };
      write(
        `${new Date().toISOString().slice(11, 23)} ${level} ${layer}: ${message} ${JSON.stringify(rest, readable)}`,
      );
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function readable(_: string, value: unknown): unknown {
  if (value instanceof Error) return value.message;
  return typeof value === 'bigint' ? String(value) : value;
}
