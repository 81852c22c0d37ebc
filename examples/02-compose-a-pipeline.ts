/**
 * A pipeline without a call: paused after two seconds, muted after four, and measured on its way.
 *
 *     npx node examples/02-compose-a-pipeline.ts [FILE]
 */
import { lastValueFrom, map, merge, type Observable, of, takeUntil, timer } from 'rxjs';
import { fromFile } from '../src/index.ts';
import { keepalive, meter, mute, pace, pauseGate } from '../src/operators/index.ts';

const file = process.argv[2] ?? 'assets/sample.opus';

/** False, then true from `fromMs` to `toMs`. */
const between = (fromMs: number, toMs: number): Observable<boolean> =>
  merge(of(false), timer(fromMs).pipe(map(() => true)), timer(toMs).pipe(map(() => false)));

const paused$ = between(2000, 3000);
const muted$ = between(4000, 5000);

await lastValueFrom(
  fromFile(file).pipe(
    pace(), // gives each sample its time, and lets it go then
    pauseGate(paused$), // stops that time
    mute(muted$), // replaces what is sent by silence
    keepalive({ everyMs: 200 }), // sends a silent sample now and then while it is paused
    meter(({ elapsedMs, audio }) =>
      console.log(
        `${(elapsedMs / 1000).toFixed(0)} s: ${audio.samples} samples, ${Math.round(audio.bitrateKbps)} kbit/s`,
      ),
    ),
    takeUntil(timer(6500)),
  ),
);
