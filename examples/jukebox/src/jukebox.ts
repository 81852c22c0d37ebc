import type { Client, JoinedCall } from 'rxcall';
import { parseTime } from './progress-bar.ts';
import { createRoom, type Room } from './room.ts';
import { openRadio, openTrack } from './track.ts';

const HELP = [
  '/play FILE or URL, /video FILE or URL, /radio URL',
  '/pause, /resume, /skip, /stop, /leave',
  '/seek 1:30, /seek +10, /seek -10',
  '/volume 0 to 200, /now, /queue',
].join('\n');

export interface Jukebox {
  /** Does what a message of a chat says. Resolves with what to answer, undefined when it was no command. */
  handle(chatId: number | bigint, text: string): Promise<string | undefined>;
}

/** A queue of music for each chat of a client. It ends with the client. */
export function createJukebox(client: Client): Jukebox {
  const rooms = new Map<string, Promise<Room>>();

  client.on('streamEnd', async ({ chatId }) => {
    await (await rooms.get(chatId))?.next();
  });

  function enter(chatId: number | bigint): Promise<Room> {
    const key = String(chatId);
    const room = rooms.get(key) ?? client.join(chatId).then(createRoom);
    rooms.set(key, room);
    const forget = (): void => {
      if (rooms.get(key) === room) rooms.delete(key);
    };
    room.then(({ call }) => call.closed.then(forget), forget);
    return room;
  }

  async function play(chatId: number | bigint, what: string, video: boolean): Promise<string> {
    if (what === '') return HELP;
    const [room, track] = await Promise.all([enter(chatId), openTrack(what, { video })]);
    return room.add(track);
  }

  return {
    async handle(chatId, text) {
      const [, command = '', rest = ''] = /^\/(\w+)(?:@\w+)?\s*(.*)$/s.exec(text) ?? [];
      try {
        if (command === 'play' || command === 'video') return await play(chatId, rest, command === 'video');
        if (command === 'radio') return await (await enter(chatId)).add(openRadio(rest));
        if (command === 'help' || command === 'start') return HELP;
        if (!(command in CONTROLS)) return undefined;
        const room = await rooms.get(String(chatId));
        return room ? await CONTROLS[command as keyof typeof CONTROLS](room, rest) : 'Nothing plays: /play something.';
      } catch (error) {
        return `✗ ${error instanceof Error ? error.message : String(error)}`;
      }
    },
  };
}

/** What can be said while there is music. */
const CONTROLS = {
  skip: (room: Room) => room.next(),
  now: (room: Room) => room.nowPlaying(),
  queue: (room: Room) => room.list(),
  pause(room: Room) {
    room.call.pause();
    return room.nowPlaying();
  },
  resume(room: Room) {
    room.call.resume();
    return room.nowPlaying();
  },
  stop(room: Room) {
    room.clear();
    return 'Stopped.';
  },
  async leave(room: Room) {
    await room.call.close();
    return 'Good bye.';
  },
  async seek(room: Room, to: string) {
    if (!(await seek(room.call, to))) return HELP;
    return room.nowPlaying();
  },
  volume(room: Room, to: string) {
    const percent = Number(to);
    if (to === '' || !(percent >= 0 && percent <= 200)) return HELP;
    room.call.setVolume(percent / 100);
    return `Volume ${percent} %.`;
  },
};

/** `1:30` is a position, `+10` and `-10` are seconds from here. */
async function seek(call: JoinedCall, to: string): Promise<boolean> {
  const ms = parseTime(to.replace(/^[+-]/, ''));
  if (ms === undefined) return false;
  if (to.startsWith('+')) await call.seekBy(ms);
  else if (to.startsWith('-')) await call.seekBy(-ms);
  else await call.seekTo(ms);
  return true;
}
