import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createCertificate } from '../../../src/webrtc/certificate.ts';
import { fingerprintOf } from '../../../src/webrtc/dtls/signatures.ts';
import { driveAssociation } from './driven-association.ts';

const hasOpenssl = (() => {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' }).startsWith('OpenSSL');
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOpenssl)('OpenSSL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dtls-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A certificate made by OpenSSL, in files. */
  function issue(keyArguments: readonly string[]) {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=peer', '-days', '2', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...keyArguments, ...subject, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    const der = Buffer.from(readFileSync(cert, 'utf8').replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    return { key, cert, fingerprint: { algorithm: 'sha-256', value: fingerprintOf(der, 'sha256') } };
  }

  async function bind() {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return socket;
  }

  /** Waits for the exported key material that OpenSSL prints. */
  async function printedKeys(output: AsyncIterable<Buffer>): Promise<Buffer> {
    let text = '';
    for await (const chunk of output) {
      text += chunk.toString();
      const match = /Keying material: ([0-9A-F]+)/.exec(text);
      if (match) return Buffer.from(match[1]!, 'hex');
    }
    throw new Error(`no keys in: ${text}`);
  }

  const ECDSA = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const RSA = ['-newkey', 'rsa:2048'];
  const exporter = ['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', '56'];

  it.each([
    ['an ECDSA', ECDSA, []],
    ['an RSA', RSA, []],
    ['an RSA, in fragments of 256 bytes,', RSA, ['-mtu', '256']],
  ])('as client with %s certificate agrees with us', async (_name, keyArguments, extra) => {
    const theirs = issue(keyArguments);
    const socket = await bind();
    let peerPort = 0;
    const us = driveAssociation('server', [theirs.fingerprint], (datagram) =>
      socket.send(datagram, peerPort, '127.0.0.1'),
    );
    us.association.start(performance.now());
    socket.on('message', (datagram, from) => {
      peerPort = from.port;
      us.receive(datagram);
    });
    const child = spawn('openssl', [
      ...[
        's_client',
        '-dtls1_2',
        '-connect',
        `127.0.0.1:${socket.address().port}`,
        '-cert',
        theirs.cert,
        '-key',
        theirs.key,
      ],
      ...['-use_srtp', 'SRTP_AEAD_AES_128_GCM', ...exporter, ...extra],
    ]);
    const [keys, printed] = await Promise.all([us.connected, printedKeys(child.stdout)]);
    expect(printed).toEqual(Buffer.concat([keys.remoteKey, keys.localKey, keys.remoteSalt, keys.localSalt]));
    child.stdin.write('hello\n');
    await expect.poll(() => us.data).toEqual(['hello\n']);
    child.stdin.end();
    await expect.poll(() => us.events).toEqual(['closed']);
    child.kill();
    us.stop();
    socket.close();
  });

  it.each([
    ['an ECDSA', ECDSA, []],
    ['an RSA', RSA, []],
    ['an RSA, in fragments of 256 bytes,', RSA, ['-mtu', '256']],
    ['an ECDSA, after an exchange of cookies,', ECDSA, ['-listen']],
  ])('as server with %s certificate agrees with us', async (_name, keyArguments, extra) => {
    const theirs = issue(keyArguments);
    const certificate = createCertificate();
    const ours = join(folder, 'ours.pem');
    writeFileSync(
      ours,
      `-----BEGIN CERTIFICATE-----\n${certificate.der.toString('base64')}\n-----END CERTIFICATE-----\n`,
    );
    const reserved = await bind();
    const { port } = reserved.address();
    reserved.close();
    const child = spawn('openssl', [
      ...['s_server', '-dtls1_2', '-port', String(port), '-cert', theirs.cert, '-key', theirs.key, '-Verify', '1'],
      ...['-CAfile', ours, '-use_srtp', 'SRTP_AEAD_AES_128_GCM', ...exporter, ...extra],
    ]);
    await once(child.stdout, 'data');
    const socket = await bind();
    const us = driveAssociation(
      'client',
      [theirs.fingerprint],
      (datagram) => socket.send(datagram, port, '127.0.0.1'),
      certificate,
    );
    socket.on('message', us.receive);
    us.association.start(performance.now());
    const [keys, printed] = await Promise.all([us.connected, printedKeys(child.stdout)]);
    expect(printed).toEqual(Buffer.concat([keys.localKey, keys.remoteKey, keys.localSalt, keys.remoteSalt]));
    child.kill();
    us.stop();
    socket.close();
  });
});
