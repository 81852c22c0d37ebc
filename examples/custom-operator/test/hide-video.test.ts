import { test } from 'node:test';
import { runMarbles } from 'rxcall/testing';
import { hideVideo } from '../src/hide-video.js';

const values = { t: true, f: false };

test('drops video while it is hidden, up to the next keyframe', () => {
  runMarbles(({ samples, cold, expectSamples }) => {
    const source = samples('                         aAbBcCdDeE|', { keyframes: 'AE' });
    const hidden$ = cold('                           --t--f-----', values);
    expectSamples(source.pipe(hideVideo(hidden$))).toBe('aAb-c-d-eE|');
  });
});

test('changes nothing while nothing is hidden', () => {
  runMarbles(({ samples, cold, expectSamples }) => {
    const source = samples('                         aAbB|', { keyframes: 'A' });
    expectSamples(source.pipe(hideVideo(cold('-')))).toBe('aAbB|');
  });
});

test('completes with the source, and lets go of both inputs', () => {
  runMarbles(({ samples, cold, expectSamples, expectSubscriptions }) => {
    const source = samples('                         -A-|');
    const hidden$ = cold<boolean>('                  -|');
    expectSamples(source.pipe(hideVideo(hidden$))).toBe('-A-|');
    expectSubscriptions(source.subscriptions).toBe('         ^--!');
  });
});

test('fails with either input', () => {
  runMarbles(({ samples, cold, expectSamples, expectSubscriptions }) => {
    const failing = samples('                        a#');
    expectSamples(failing.pipe(hideVideo(cold('-')))).toBe('a#');

    const source = samples('                         -bcd|');
    expectSamples(source.pipe(hideVideo(cold('--#')))).toBe('-b#');
    expectSubscriptions(source.subscriptions).toBe('         ^-!');
  });
});

test('is gone when nobody listens any more', () => {
  runMarbles(({ samples, cold, expectSamples, expectSubscriptions }) => {
    const source = samples('                         -AbC|');
    const until = '                                  ^-!';
    expectSamples(source.pipe(hideVideo(cold('-'))), until).toBe('-A');
    expectSubscriptions(source.subscriptions).toBe(until);
  });
});
