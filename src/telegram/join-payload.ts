import { OptionError } from '../core/errors.ts';
import type { LocalParameters } from '../webrtc/types.ts';
import type { CallSsrcs } from './ssrc.ts';

/** What goes into {@link createJoinPayload}. */
export interface JoinPayloadOptions {
  ssrcs: CallSsrcs;
  local: LocalParameters;
  /** Announce a camera, so that video can start later without joining anew. Default true. */
  video?: boolean | undefined;
}

/**
 * The JSON that asks Telegram to join a group call, `params` of `phone.joinGroupCall`.
 *
 * It holds exactly what Telegram's own clients send. There are no candidates: the server learns our address from the
 * first connectivity check. There are no payload types and no header extensions either: the server's answer sets both,
 * and what a client wrote there was never seen to matter. A video SSRC without its FID pair would be dropped by
 * receivers without a word, so the pair is announced even if nothing is ever retransmitted.
 *
 * @throws OptionError when an SSRC is zero or does not fit a positive signed 32-bit integer, or a fingerprint is missing.
 */
export function createJoinPayload(options: JoinPayloadOptions): string {
  const { ssrcs, local, video = true } = options;
  for (const [name, ssrc] of Object.entries(ssrcs)) {
    if (!Number.isInteger(ssrc) || ssrc < 1 || ssrc >= 2 ** 31) {
      throw new OptionError(`ssrcs.${name}`, ssrc, 'an integer from 1 to 2^31 - 1');
    }
  }
  if (local.fingerprints.length === 0) throw new OptionError('local.fingerprints', [], 'a list of at least one');

  return JSON.stringify({
    ssrc: ssrcs.audio,
    ufrag: local.ice.ufrag,
    pwd: local.ice.pwd,
    fingerprints: local.fingerprints.map(({ algorithm, value }) => ({
      hash: algorithm,
      setup: local.dtlsRole === 'server' ? 'passive' : 'active',
      fingerprint: value,
    })),
    ...(video && { 'ssrc-groups': [{ semantics: 'FID', sources: [ssrcs.video, ssrcs.rtx] }] }),
  });
}
