/**
 * A sink of one's own: draws how large the packets are, as they are due. What takes paced samples is a sink.
 *
 *     npx node examples/15-write-a-sink.ts [FILE]
 */
import { firstValueFrom, Subject } from 'rxjs';
import { fromFile, type PacedSample, toSamples } from '../src/index.ts';
import { pace, takeDuration } from '../src/operators/index.ts';

const BLOCKS = ' ▁▂▃▄▅▆▇█';
const PER_LINE = 50; // packets of 20 ms: a second

/** `toSamples` tells the segments that they are taken, so that a pause upstream knows who waits. */
function toBars(print: (line: string) => void): ReturnType<typeof toSamples> {
  let line = '';
  return toSamples(({ data }: PacedSample) => {
    line += BLOCKS.charAt(Math.min(BLOCKS.length - 1, Math.ceil(data.length / 40)));
    if (line.length < PER_LINE) return;
    print(line);
    line = '';
  });
}

const done$ = new Subject<void>();
const sink = toBars((line) => console.log(`|${line}|`));
fromFile(process.argv[2] ?? 'assets/sample.opus')
  .pipe(takeDuration(2000), pace())
  .subscribe({
    ...sink,
    complete() {
      sink.complete?.();
      done$.next();
    },
    error: (error: unknown) => done$.error(error),
  });
await firstValueFrom(done$);
console.log('That was all.');
