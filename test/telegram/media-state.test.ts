import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MediaState, type ParticipantFlags, participantFlags } from '../../src/telegram/media-state.ts';

const state: MediaState = { muted: false, paused: false, video: false };

describe('participantFlags', () => {
  it('tells everything when nothing is known, and the screen only where there is one', () => {
    expect(participantFlags(state)).toEqual({ muted: false, videoStopped: true, videoPaused: false });
    expect(participantFlags({ ...state, presentation: true })).toHaveProperty('presentationPaused', false);
  });

  it('shows muting as muted, pausing as a paused picture, and no video as stopped', () => {
    const known = { muted: false, videoStopped: true, videoPaused: false, presentationPaused: false };
    expect(participantFlags({ ...state, muted: true }, known)).toEqual({ muted: true });
    expect(participantFlags({ ...state, paused: true }, known)).toEqual({ videoPaused: true });
    expect(participantFlags({ ...state, video: true }, known)).toEqual({ videoStopped: false });
    const sharing = { ...state, paused: true, presentation: true };
    expect(participantFlags(sharing, known)).toEqual({ videoPaused: true, presentationPaused: true });
  });

  it('is silent about what is known, so that two toggles that cancel out cost no request', () => {
    const states = fc.record({
      muted: fc.boolean(),
      paused: fc.boolean(),
      video: fc.boolean(),
      presentation: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(states), (steps) => {
        let known: ParticipantFlags = {};
        for (const step of steps) {
          known = { ...known, ...participantFlags(step, known) };
          expect(participantFlags(step, known)).toBeUndefined();
        }
      }),
    );
  });
});
