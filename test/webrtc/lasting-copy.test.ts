import { expect, it } from 'vitest';
import { lastingCopy } from '../../src/webrtc/lasting-copy.ts';

it('copies bytes to memory of their own, and no more of it', () => {
  const bytes = Buffer.from('a part of what Node has set aside');
  expect(bytes.buffer.byteLength).toBeGreaterThan(bytes.length);
  const copy = lastingCopy(bytes);
  bytes.fill(0);
  expect(copy.toString()).toBe('a part of what Node has set aside');
  expect(copy.buffer.byteLength).toBe(copy.length);
});
