/**
 * Three inputs by priority. The first one breaks off, the second takes over, and the first gets another chance.
 *
 *     npx node examples/10-have-a-second-source-at-hand.ts [FILE]
 */
import { concat, defer, ignoreElements, takeUntil, tap, throwError, timer } from 'rxjs';
import { fromFile, RxcallError } from '../src/index.ts';
import { failover, loop, takeDuration } from '../src/operators/index.ts';

const file = process.argv[2] ?? 'assets/sample.opus';

/** Fails after half a second the first time, and not again. */
let openings = 0;
const studio$ = defer(() => {
  const broken$ = throwError(() => new RxcallError('ERR_SOURCE_UNREADABLE', 'The line is down.', { retryable: true }));
  return ++openings === 1 ? concat(fromFile(file).pipe(takeDuration(500)), broken$) : fromFile(file).pipe(loop());
});
const relay$ = fromFile(file, { startMs: 1000 }).pipe(loop());
const sorry$ = fromFile(file).pipe(loop());

const names = ['studio', 'relay', 'sorry'];
const radio$ = failover([studio$, relay$, sorry$], { probeMs: 600, failbackMs: 800 });
radio$.status$.subscribe(({ active, reason, inputs }) => {
  const all = inputs.map(({ status }, index) => `${names[index]} ${status}`).join(', ');
  console.log(`${active === null ? 'nothing plays' : `${names[active]} plays`} (${reason}): ${all}`);
});

let packets = 0;
radio$
  .pipe(
    tap(() => packets++),
    ignoreElements(),
    takeUntil(timer(4000)),
  )
  .subscribe({ complete: () => console.log(`${packets} packets`) });
