import { emitKeypressEvents } from 'node:readline';
import type { GroupCall } from '../calls/group-call.ts';

const SEEK_MS = 5000;

interface Key {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
}

/**
 * Lets the keys of the terminal control a call. Returns what gives the terminal back. Does nothing where there is no
 * terminal.
 */
export function controlByKeys(call: GroupCall, quit: () => void): () => void {
  const input = process.stdin;
  if (!input.isTTY) return () => {};

  function press(_: string | undefined, key: Key): void {
    if (key.name === 'q' || (key.ctrl && key.name === 'c')) quit();
    else if (key.name === 'space') call.paused ? call.resume() : call.pause();
    else if (key.name === 'm') call.muted ? call.unmute() : call.mute();
    else if (key.name === 'left') seek(-SEEK_MS);
    else if (key.name === 'right') seek(SEEK_MS);
  }

  function seek(deltaMs: number): void {
    call.seekBy(deltaMs).catch(() => {}); // a seek that failed leaves playing what plays
  }

  emitKeypressEvents(input);
  input.setRawMode(true);
  input.on('keypress', press);
  input.resume();
  return () => {
    input.off('keypress', press);
    input.setRawMode(false);
    input.pause();
  };
}
