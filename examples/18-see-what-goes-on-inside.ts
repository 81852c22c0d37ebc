/**
 * A logger, and the diagnostics channels that tell of every ffmpeg, with secrets redacted.
 *
 *     npx node examples/18-see-what-goes-on-inside.ts
 */
import { subscribe } from 'node:diagnostics_channel';
import { lastValueFrom } from 'rxjs';
import { fromShell, fromUrl, type Logger } from '../src/index.ts';

// pino fits as it is; so does anything with these four methods.
const log =
  (level: string) =>
  (fields: object, message?: string): void =>
    console.log(`[${level}] ${message}`, Object.keys(fields).join(' '));
const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };

subscribe('rxcall:ffmpeg:spawn', (message) => {
  const { argv } = message as { argv: readonly string[] };
  console.log('spawn:', argv[0]!.replace(/^.*[\\/]/, ''), argv.slice(-4).join(' '));
});
subscribe('rxcall:ffmpeg:exit', (message) => {
  const { exitCode, signal } = message as { exitCode: number | null; signal: string | null };
  console.log('exit:', exitCode ?? signal);
});

await lastValueFrom(fromShell('ffmpeg -f lavfi -i sine=duration=1', { logger }));

try {
  await lastValueFrom(fromUrl('http://me:secret@127.0.0.1:9/radio?token=abc', { logger }));
} catch (error) {
  console.log(String(error).split('\n')[0]); // names the address, and no secret
}
