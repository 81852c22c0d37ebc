import {
  type Outcome,
  ScriptedTelegram,
  SUPERGROUP,
  SUPERGROUP_CHAT,
  type Tl,
} from '../telegram/adapters/scripted-telegram.ts';

const ANN: Tl = { _: 'user', id: 5, accessHash: 3n, firstName: 'Ann' };
const US: Tl = { _: 'user', id: 6, accessHash: 4n, firstName: 'Player', self: true };

/** A scripted Telegram in whose supergroup people write, and are answered. */
export class ChattyTelegram extends ScriptedTelegram {
  /** What was written to the group in answer, oldest first. */
  readonly replies: string[] = [];
  #messages = 0;

  /** The update that brings what Ann writes in the group. */
  says(text: string): Tl {
    return this.#inGroup(this.#message(text, 5));
  }

  override async handle(request: Tl): Promise<Outcome> {
    if (request._ !== 'messages.sendMessage') return super.handle(request);
    const text = String(request['message']);
    this.replies.push(text);
    const message = this.#message(text, 6);
    const sent: Tl = { _: 'updateMessageID', id: message['id'], randomId: request['randomId'] };
    return { object: this.#inGroup(message, sent) };
  }

  #message(text: string, userId: number): Tl {
    const fromId = { _: 'peerUser', userId };
    const peerId = { _: 'peerChannel', channelId: SUPERGROUP.id };
    return {
      _: 'message',
      id: ++this.#messages,
      fromId,
      peerId,
      date: 1,
      message: text,
      ...(userId === 6 && { out: true }),
    };
  }

  #inGroup(message: Tl, ...before: Tl[]): Tl {
    const update = { _: 'updateNewChannelMessage', message, pts: 1 + this.#messages, ptsCount: 1 };
    return { ...this.updates(...before, update), users: [ANN, US], chats: [SUPERGROUP_CHAT] };
  }
}
