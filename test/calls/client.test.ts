import { describe, expect, it } from 'vitest';
import { type ClientOptions, createClient } from '../../src/calls/client.ts';

describe('createClient', () => {
  const wrong: [path: string, options: ClientOptions][] = [
    ['options.connectTimeoutMs', { connectTimeoutMs: Infinity }],
    ['options.connectTimeoutMs', { connectTimeoutMs: -1 }],
    ['options.giveUpAfterMs', { giveUpAfterMs: Number.NaN }],
    ['options.giveUpAfterMs', { giveUpAfterMs: 2 ** 31 }],
    ['rejoin.stableMs', { rejoin: { stableMs: Infinity } }],
    ['rejoin.attempts', { rejoin: { attempts: -1 } }],
    ['options.eventBuffer', { eventBuffer: 0 }],
  ];
  it.each(wrong)('refuses a %s that it cannot keep', (path, options) => {
    expect(() => createClient(options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION', path }));
  });
});
