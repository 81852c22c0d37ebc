import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Logger } from '../../src/core/logger.ts';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import type { TransportOptions } from '../../src/webrtc/transport-options.ts';
import type { IceCandidate } from '../../src/webrtc/types.ts';
import { connectPair, createPair, LOOPBACK, parametersOf } from './transport-pair.ts';

async function candidatesWith(options: TransportOptions): Promise<readonly IceCandidate[]> {
  const transport = await createTransport(options);
  await transport.close();
  return transport.localParameters.candidates;
}

/** A logger that keeps the lines of one layer. */
function recordLayer(layer: string) {
  const lines: { data: Record<string, unknown>; message: string | undefined }[] = [];
  const keep = (data: object, message?: string) => {
    const fields = data as Record<string, unknown>;
    if (fields['layer'] === layer) lines.push({ data: fields, message });
  };
  const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep };
  return { logger, lines, messages: () => lines.map(({ message }) => message) };
}

describe('transport options', () => {
  it.each([
    [{ families: [] }, 'options.families'],
    [{ families: ['ipv5'] }, "options.families must be of 'ipv4', 'ipv6', got \"ipv5\""],
    [{ srtpProfiles: ['AES_256'] }, 'options.srtpProfiles'],
    [{ iceTransportPolicy: 'none' }, 'options.iceTransportPolicy'],
    [{ iceRole: 'lite' }, 'options.iceRole'],
    [{ dtlsRole: 'active' }, 'options.dtlsRole'],
    [{ iceTimings: { consentMs: 0 } }, 'options.iceTimings.consentMs must be at least 1'],
    [{ iceTimings: { failedAfterMs: Infinity } }, 'options.iceTimings.failedAfterMs'],
    [{ iceTimings: { preCheckDelayMs: -1 } }, 'options.iceTimings.preCheckDelayMs must be at least 0'],
    [{ gatherTimeoutMs: NaN }, 'options.gatherTimeoutMs'],
    [{ dtlsTimeoutMs: 2 ** 31 }, 'options.dtlsTimeoutMs'],
    [{ videoBitrate: { max: 999 } }, 'options.videoBitrate.max'],
    [
      { videoBitrate: { min: 2e6, max: 1e6 } },
      'options.videoBitrate.min must be no more than `max`, 1000000, got 2000000',
    ],
    [{ portRange: [0, 5] }, 'options.portRange'],
    [{ portRange: [5, 65536] }, 'options.portRange'],
    [{ portRange: [1.5, 2] }, 'options.portRange'],
  ])('%j is refused by name', async (options, text) => {
    const failure = createTransport(options as TransportOptions);
    await expect(failure).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining(text) as string,
    });
  });

  it('families: one of them keeps the other out', async () => {
    const addresses = ['127.0.0.1', '::1'];
    const familiesOf = async (families: TransportOptions['families']) =>
      (await candidatesWith({ addresses, families })).map(({ ip }) => ip);
    expect(await familiesOf(undefined)).toEqual(addresses);
    expect(await familiesOf(['ipv4'])).toEqual(['127.0.0.1']);
    expect(await familiesOf(['ipv6'])).toEqual(['::1']);
  });

  it('portRange: every socket takes its port from it, also when many want one at once', async () => {
    const [{ port: first }] = (await candidatesWith(LOOPBACK)) as [IceCandidate];
    const last = Math.min(first + 40, 65535);
    const options: TransportOptions = { ...LOOPBACK, portRange: [first, last] };
    const transports = await Promise.all(Array.from({ length: 15 }, () => createTransport(options)));
    const ports = transports.map(({ localParameters }) => localParameters.candidates[0]!.port);
    expect(new Set(ports).size).toBe(15);
    for (const port of ports) expect(port >= first && port <= last).toBe(true);
    await Promise.all(transports.map((transport) => transport.close()));
  });

  it('interfaceFilter: is asked about each address, by name, and decides', async () => {
    const asked = new Map<string, string>();
    const refuse = (name: string, address: string) => {
      asked.set(address, name);
      return false;
    };
    const candidates = await candidatesWith({ interfaceFilter: refuse });
    for (const [address, name] of asked) {
      expect(networkInterfaces()[name]!.map((info) => info.address)).toContain(address);
    }
    // With every real address refused, loopback is left.
    for (const { ip } of candidates) expect(['127.0.0.1', '::1']).toContain(ip);
    const all = await candidatesWith({ interfaceFilter: () => true });
    if (asked.size > 0) expect(all.map(({ ip }) => ip)).toContain([...asked.keys()][0]);
  });
});

describe('the log of a transport', () => {
  it('names every local candidate, the path, and the state of DTLS, each under its layer', async () => {
    const [ice, dtls] = [recordLayer('ice'), recordLayer('dtls')];
    const logger: Logger = {
      debug: (data, message) => [ice, dtls].forEach((one) => one.logger.debug(data, message)),
      info: (data, message) => [ice, dtls].forEach((one) => one.logger.info(data, message)),
      warn() {},
      error() {},
    };
    await using pair = await createPair({ logger, addresses: ['127.0.0.1', '::1'], tcp: true });
    await connectPair(pair);
    const { candidates } = pair.us.localParameters;
    expect(candidates).toHaveLength(4);
    const logged = ice.lines.filter(({ message }) => message === 'local candidate').map(({ data }) => data);
    expect(logged).toEqual(
      candidates.map(({ ip, port, type, protocol }) => ({
        layer: 'ice',
        candidate: ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`,
        type,
        protocol,
      })),
    );
    expect(ice.messages()).toContain('selected a path');
    expect(dtls.messages()).toContain('handshake complete');
  });

  it('shows every 5 s what was tried, while no path is found', { timeout: 20_000 }, async () => {
    const { logger, lines } = recordLayer('ice');
    const us = await createTransport({ ...LOOPBACK, logger, connectTimeoutMs: 5600 });
    await using pair = await createPair();
    const nowhere = { ...pair.them.localParameters.candidates[0]!, port: 9 };
    const failure = us.connect(parametersOf(pair.them, { candidates: [nowhere] }));
    await expect(failure).rejects.toMatchObject({ code: 'ERR_CONNECT_TIMEOUT' });
    const snapshots = lines.filter(({ message }) => message === 'still looking for a path');
    expect(snapshots).toMatchObject([{ data: { role: 'controlled', pairs: [{ remote: '127.0.0.1:9' }] } }]);
    expect((snapshots[0]!.data['pairs'] as { unanswered: number }[])[0]!.unanswered).toBeGreaterThan(3);
    await us.close();
  });

  it('never shows a password', async () => {
    const lines: string[] = [];
    const keep = (data: object, message?: string) => lines.push(`${JSON.stringify(data)} ${message ?? ''}`);
    const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep };
    await using pair = await createPair({ logger });
    await connectPair(pair);
    expect(lines.length).toBeGreaterThan(3);
    const secrets = [pair.us, pair.them].map(({ localParameters }) => localParameters.ice.pwd);
    for (const secret of secrets) expect(lines.join()).not.toContain(secret);
  });
});
