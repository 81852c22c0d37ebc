import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { createJoinPayload } from '../../src/telegram/join-payload.ts';
import type { LocalParameters } from '../../src/webrtc/types.ts';

const local: LocalParameters = {
  ice: { ufrag: 'Iz9L', pwd: 'b/GYI75KqTwpMglwfoseSAlA' },
  candidates: [{ foundation: '1', component: 1, protocol: 'udp', priority: 1, ip: '192.0.2.1', port: 1, type: 'host' }],
  fingerprints: [{ algorithm: 'sha-256', value: 'B4:91' }],
  dtlsRole: 'server',
};
const ssrcs = { audio: 1254324179, video: 1254324180, rtx: 1254324181 };

describe('createJoinPayload', () => {
  it('holds exactly what the server needs, and no candidates', () => {
    expect(JSON.parse(createJoinPayload({ ssrcs, local }))).toEqual({
      ssrc: 1254324179,
      ufrag: 'Iz9L',
      pwd: 'b/GYI75KqTwpMglwfoseSAlA',
      fingerprints: [{ hash: 'sha-256', setup: 'passive', fingerprint: 'B4:91' }],
      'ssrc-groups': [{ semantics: 'FID', sources: [1254324180, 1254324181] }],
    });
  });

  it('leaves the groups out when there will never be video', () => {
    expect(JSON.parse(createJoinPayload({ ssrcs, local, video: false }))).not.toHaveProperty('ssrc-groups');
  });

  it.each([0, 2 ** 31, -5, 1.5])('refuses %d as an SSRC and names the option', (audio) => {
    const act = (): string => createJoinPayload({ ssrcs: { ...ssrcs, audio }, local });
    expect(act).toThrow(OptionError);
    expect(act).toThrow(/ssrcs\.audio/);
  });

  it('refuses to join without a fingerprint', () => {
    expect(() => createJoinPayload({ ssrcs, local: { ...local, fingerprints: [] } })).toThrow(/local\.fingerprints/);
  });
});
