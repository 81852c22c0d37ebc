/**
 * Back-pressure: how much is read of a film of two hours that is paused, and how much when nobody holds it back.
 *
 *     npx node examples/24-hold-a-film-for-hours.ts
 */
import { BehaviorSubject } from 'rxjs';
import { pace, pauseGate } from '../src/operators/index.ts';
import { createFakeSink, createFakeSource } from '../src/testing/index.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const twoHours = { durationMs: 20, count: (2 * 3600 * 1000) / 20 };

// At full speed: nothing holds samples.
const flood$ = createFakeSource(twoHours);
flood$.subscribe();
console.log(`without pace: ${flood$.log.read} packets read`);

const paused$ = new BehaviorSubject(false);
const film$ = createFakeSource(twoHours);
const sink = createFakeSink();
const subscription = film$.pipe(pace(), pauseGate(paused$)).subscribe(sink);

await sleep(500);
paused$.next(true);
const atPause = film$.log.read;
await sleep(1000);
console.log(`paused: ${film$.log.read - atPause} more read, ${film$.log.read - sink.received.length} held`);
paused$.next(false);
await sleep(500);
console.log(`going on: ${sink.problems.length} problems`);
subscription.unsubscribe();
console.log(`closed: ${film$.log.closed === film$.log.opened}`);
