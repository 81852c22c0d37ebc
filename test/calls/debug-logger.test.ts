import { describe, expect, it } from 'vitest';
import { createDebugLogger } from '../../src/calls/debug-logger.ts';
import { bindLogger } from '../../src/core/logger.ts';

describe('createDebugLogger', () => {
  it('writes a line each, with the time, the level and the layer', () => {
    const lines: string[] = [];
    const logger = createDebugLogger((line) => lines.push(line));
    bindLogger(logger, { layer: 'ice' }).debug({ candidate: '192.0.2.1:5', chatId: 7n }, 'local candidate');
    logger.error({ error: new Error('gone') }, 'failed');
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} debug ice: local candidate \{"candidate":"192.0.2.1:5","chatId":"7"\}$/,
    );
    expect(lines[1]).toMatch(/ error rxcall: failed \{"error":"gone"\}$/);
  });
});
