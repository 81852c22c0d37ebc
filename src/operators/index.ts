export { keepalive, type KeepaliveOptions } from './keepalive.ts';
export { liftSource, type OpenUpstream } from './lift-source.ts';
export { loop } from './loop.ts';
export { mute } from './mute.ts';
export { pace, type PaceOptions } from './pace.ts';
export { pauseGate, type PauseGateOptions } from './pause-gate.ts';
export { playlist, type PlaylistOptions } from './playlist.ts';
export { seekRestart } from './seek-restart.ts';
export { switchSource, type SwitchSourceOptions } from './switch-source.ts';
