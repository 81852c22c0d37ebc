/** What a call sends, as Telegram's participant list shows it. */
export interface MediaState {
  readonly muted: boolean;
  /** Nothing is sent: neither sound nor picture. */
  readonly paused: boolean;
  /** A video is being played, moving or paused. */
  readonly video: boolean;
  /** The screen is being shared; undefined when there is no second connection for it. */
  readonly presentation?: boolean | undefined;
}

/**
 * What `phone.editGroupCallParticipant` can be told of a participant. Absent members stay as they are on the server.
 * `volume` counts from 1 to 20000, 10000 being 100 %.
 */
export interface ParticipantFlags {
  readonly muted?: boolean | undefined;
  readonly volume?: number | undefined;
  readonly videoStopped?: boolean | undefined;
  readonly videoPaused?: boolean | undefined;
  readonly presentationPaused?: boolean | undefined;
}

/**
 * The arguments of `phone.editGroupCallParticipant` that bring the server from what it knows to a media state; undefined
 * when it knows all of it. Muting is shown as muted; pausing is not, it pauses the picture.
 *
 * @param known What the server was told before, or knows from the join. Default: nothing, so that everything is told.
 */
export function participantFlags(state: MediaState, known: ParticipantFlags = {}): ParticipantFlags | undefined {
  const wanted: ParticipantFlags = {
    muted: state.muted,
    videoStopped: !state.video,
    videoPaused: state.paused,
    ...(state.presentation && { presentationPaused: state.paused }),
  };
  const changed = Object.entries(wanted).filter(([name, value]) => known[name as keyof ParticipantFlags] !== value);
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}
