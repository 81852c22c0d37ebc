import { isMatching, P } from 'ts-pattern';
import type { PayloadError } from '../core/errors.ts';
import type { RemoteParameters, RtpParameters } from '../webrtc/types.ts';
import { asObject, member, parseJson, type JsonNode } from './json-node.ts';
import { parseAudio, parseVideo, type VideoAnswer } from './parse-media.ts';
import { parseTransport } from './parse-transport.ts';

/**
 * What Telegram answers to a join, `params` of `updateGroupCallConnection`, by `mode`:
 *
 * - `rtc`: media flows over WebRTC.
 * - `stream`: the call is too large, or we may not speak: it can only be watched as a broadcast.
 * - `rtmp`: the call is a live stream that one person feeds over RTMP.
 */
export type JoinAnswer =
  | {
      readonly mode: 'rtc';
      readonly remote: RemoteParameters;
      /** How to send Opus. */
      readonly audio: RtpParameters;
      readonly video: VideoAnswer;
      /** Candidates that were skipped because they could not be understood. */
      readonly warnings: readonly PayloadError[];
    }
  | { readonly mode: 'stream' }
  | { readonly mode: 'rtmp' };

/** A flag counts as set whatever its value, unless that is `false`: Telegram's clients disagree on the type. */
const set = P.not(P.union(false, null, undefined));

/**
 * Reads the answer to a join. Unknown keys are ignored, numbers may be strings, absent blocks have defaults; but a
 * field that is needed and wrong is an error, since sending with a guessed one would be silence without a reason.
 *
 * @throws PayloadError whose `path` is the field's, as in `transport.fingerprints[0].fingerprint`; `$` when the text is
 *   not JSON.
 */
export function parseJoinAnswer(json: string): JoinAnswer {
  const answer: JsonNode = parseJson(json);
  asObject(answer);
  if (isMatching({ rtmp: set }, answer.value)) return { mode: 'rtmp' };
  if (isMatching({ stream: set }, answer.value)) return { mode: 'stream' };
  const warnings: PayloadError[] = [];
  return {
    mode: 'rtc',
    remote: parseTransport(member(answer, 'transport'), warnings),
    audio: parseAudio(member(answer, 'audio')),
    video: parseVideo(member(answer, 'video')),
    warnings,
  };
}
