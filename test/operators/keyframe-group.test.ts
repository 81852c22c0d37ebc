import { describe, expect, it } from 'vitest';
import type { PacedSample } from '../../src/core/sample.ts';
import { Segment } from '../../src/core/segment.ts';
import { createKeyframeGroup } from '../../src/operators/keyframe-group.ts';

const film = new Segment();
const next = new Segment();

/** A frame of 100 bytes; a capital is a keyframe, and so many 40 ms after `a` it is due. */
function frame(letter: string, segment: Segment = film): PacedSample {
  const dueUs = (letter.toLowerCase().charCodeAt(0) - 97) * 40_000;
  const keyframe = letter !== letter.toLowerCase();
  const data = new Uint8Array(100).fill(letter.charCodeAt(0));
  return { kind: 'video', codec: 'vp8', data, ptsUs: dueUs, durationUs: 40_000, keyframe, segment, dueUs };
}

function groupOf(frames: readonly PacedSample[], maxBytes = 300): string {
  const group = createKeyframeGroup(maxBytes);
  for (const one of frames) group.push(one);
  return group
    .all()
    .map(({ data }) => String.fromCharCode(data[0]!))
    .join('');
}

describe('createKeyframeGroup', () => {
  it('holds the last keyframe and what depends on it', () => {
    expect(groupOf([])).toBe('');
    expect(groupOf([frame('a'), frame('b')])).toBe('');
    expect(groupOf([frame('a'), frame('B'), frame('c')])).toBe('Bc');
    expect(groupOf([frame('A'), frame('b'), frame('C')])).toBe('C');
    expect(groupOf([frame('A'), { ...frame('b'), kind: 'audio', codec: 'opus' }])).toBe('A');
  });

  it('lets go of it with its segment, and waits for a keyframe of the new one', () => {
    expect(groupOf([frame('A'), frame('b'), frame('c', next)])).toBe('');
    expect(groupOf([frame('A'), frame('b', next), frame('c')])).toBe('');
    expect(groupOf([frame('A'), frame('B', next), frame('c', next)])).toBe('Bc');
  });

  it('holds so many bytes and no more', () => {
    const frames = [frame('A'), frame('b'), frame('c')];
    expect(groupOf(frames, 300)).toBe('Abc');
    expect(groupOf(frames, 299)).toBe('');
    expect(groupOf([...frames, frame('D'), frame('e')], 299)).toBe('De');
  });

  it('tells what a decoder has to see before a frame, a millisecond apart', () => {
    const group = createKeyframeGroup(1000);
    const frames = ['A', 'b', 'c', 'd'].map((letter) => frame(letter));
    expect(group.before(frames[0]!)).toEqual([]);
    for (const one of frames) group.push(one);
    const timesBefore = (sample: PacedSample): number[] => group.before(sample).map(({ dueUs }) => dueUs / 1000);
    expect(timesBefore(frames[3]!)).toEqual([117, 118, 119]);
    expect(timesBefore(frame('e'))).toEqual([117, 118, 119, 120]);
    group.clear();
    expect(group.all()).toEqual([]);
  });
});
