import { isForceMuted, type SelfParticipant } from './self-participant.ts';

/**
 * What an update of ourselves asks of a call:
 *
 * - `pause`: an admin does not let us speak any more; what we send is dropped.
 * - `resume`: we may speak again.
 * - `unmute`: and the server still lists us as muted: say that we are not, by `phone.editGroupCallParticipant`.
 * - `volume`: everybody hears us at this volume now, 1 being 100 %. Receivers apply it, not we.
 */
export type ParticipantCommand =
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'unmute' }
  | { readonly type: 'volume'; readonly volume: number };

/** What follows from an update of ourselves, given the one before, undefined at first. */
export function participantCommands(before: SelfParticipant | undefined, after: SelfParticipant): ParticipantCommand[] {
  if (after.left) return [];
  const commands: ParticipantCommand[] = [];
  const wasForceMuted = before !== undefined && isForceMuted(before);
  if (isForceMuted(after)) {
    if (!wasForceMuted) commands.push({ type: 'pause' });
  } else if (wasForceMuted) {
    commands.push({ type: 'resume' });
    if (after.muted) commands.push({ type: 'unmute' });
  }
  const { volume } = after;
  if (volume !== undefined && volume !== (before?.volume ?? 1)) commands.push({ type: 'volume', volume });
  return commands;
}
