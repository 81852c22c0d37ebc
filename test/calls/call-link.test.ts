import { describe, expect, it } from 'vitest';
import { createCallLink } from '../../src/calls/call-link.ts';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import type { TransportOptions } from '../../src/webrtc/transport-options.ts';

describe('the video of a call', () => {
  it.each([
    [undefined, { min: 300_000, max: 1_000_000 }],
    [{ max: 200_000 }, { min: 200_000, max: 200_000 }],
    [{ min: 1_500_000 }, { min: 1_500_000, max: 1_500_000 }],
    [
      { min: 400_000, max: 600_000 },
      { min: 400_000, max: 600_000 },
    ],
  ])('with the bounds %j is kept between %j', async (videoBitrate, bounds) => {
    const made: TransportOptions[] = [];
    const { transport, videoLimitKbps } = await createCallLink({
      addresses: ['127.0.0.1'],
      videoBitrate,
      createTransport: (options = {}) => {
        made.push(options);
        return createTransport(options);
      },
    });
    expect(made).toMatchObject([{ videoBitrate: bounds }]);
    expect(transport.getStats().targetBitrate).toBe(bounds.max);
    expect(videoLimitKbps).toBeUndefined();
    await transport.close();
  });
});
