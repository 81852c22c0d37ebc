/** A TL object in neutral form: camel case, 64-bit ids that libraries treat as such are bigints. */
export interface Tl {
  _: string;
  [member: string]: unknown;
}

export interface Refusal {
  code: number;
  name: string;
}

/** What a request came to: an object, a bare vector, or a refusal. */
export type Outcome = { object: Tl } | { vector: number[] } | { refusal: Refusal };

export const SUPERGROUP = { id: 1_234_567_890, accessHash: 77_777_777_777_777n };
/** As a Bot API id begins with -100 and is still a basic group. */
export const BASIC_GROUP = { id: 1_001_234 };
export const CALL = { id: -4_611_686_018_427_387_905n, accessHash: 9_007_199_254_740_993n };
export const ANSWER: string = JSON.stringify({ transport: { ufrag: 'u', pwd: 'p', ü: 'UTF-8' } });

/**
 * Telegram with one supergroup and one basic group, and at most one call in them: answers requests by the rules of the group
 * calls, and keeps them.
 */
export class ScriptedTelegram {
  readonly requests: Tl[] = [];
  call: { title?: string; scheduleDate?: number; rtmpStream?: boolean; over?: boolean } | undefined = {};
  version = 10;
  answer: string = ANSWER;
  /** Who answers joins in place of {@link answer}, and is told of who leaves. */
  conference:
    | {
        join(payload: string): Promise<string>;
        joinPresentation(presenter: number, payload: string): Promise<string>;
        leave(source: number): Promise<void>;
      }
    | undefined;
  self: { source: number; muted: boolean; canSelfUnmute: boolean; volume?: number } | undefined;
  /** New participants may not speak. */
  forceMute = false;
  readonly refusals: Record<string, Refusal[]> = {};

  get methods(): string[] {
    return this.requests.map((request) => request._);
  }

  /** The last request of a method. */
  last(method: string): Tl | undefined {
    return this.requests.findLast((request) => request._ === method);
  }

  async handle(request: Tl): Promise<Outcome> {
    this.requests.push(request);
    const refusal = this.refusals[request._]?.shift();
    return refusal ? { refusal } : await this.#answer(request);
  }

  /** Our entry in the list of participants, changed as asked. */
  participants(change: Partial<Tl> = {}): Tl {
    return {
      _: 'updateGroupCallParticipants',
      call: { _: 'inputGroupCall', ...CALL },
      participants: [
        { _: 'groupCallParticipant', peer: { _: 'peerUser', userId: 5 }, date: 1, source: 4, muted: true, left: true },
        {
          _: 'groupCallParticipant',
          self: true,
          versioned: true,
          peer: { _: 'peerUser', userId: 6 },
          date: 1,
          ...(this.self ?? { source: 1 }),
          ...change,
        },
      ],
      version: ++this.version,
    };
  }

  updates(...updates: Tl[]): Tl {
    return { _: 'updates', updates, users: [], chats: [], date: 1, seq: 0 };
  }

  discard(): Tl {
    this.call = undefined;
    return { _: 'updateGroupCall', call: { _: 'groupCallDiscarded', ...CALL, duration: 3 } };
  }

  async #answer(request: Tl): Promise<Outcome> {
    switch (request._) {
      case 'channels.getFullChannel':
        return { object: this.#full(CHANNEL_FULL) };
      case 'messages.getFullChat':
        return { object: this.#full(CHAT_FULL) };
      case 'phone.getGroupCall':
        if (this.call?.over) return { object: this.#described({ _: 'groupCallDiscarded', ...CALL, duration: 3 }) };
        return { object: this.#described(this.#groupCall()) };
      case 'phone.createGroupCall':
        this.call = { ...(typeof request['title'] === 'string' && { title: request['title'] }) };
        return { object: this.updates({ _: 'updateGroupCall', call: this.#groupCall() }) };
      case 'phone.joinGroupCall':
        return { object: await this.#join(request) };
      case 'phone.joinGroupCallPresentation': {
        if (!this.self) return { refusal: { code: 400, name: 'GROUPCALL_JOIN_MISSING' } };
        const { data } = request['params'] as { data: string };
        const answer = (await this.conference?.joinPresentation(this.self.source, data)) ?? this.answer;
        const params = { _: 'dataJSON', data: answer };
        return { object: this.updates({ _: 'updateGroupCallConnection', presentation: true, params }) };
      }
      case 'phone.leaveGroupCallPresentation':
        return { object: this.updates() };
      case 'phone.checkGroupCall':
        return this.self
          ? { vector: (request['sources'] as number[]).filter((source) => source === this.self?.source) }
          : { refusal: { code: 400, name: 'GROUPCALL_JOIN_MISSING' } };
      case 'phone.editGroupCallParticipant':
        if (this.self && typeof request['muted'] === 'boolean') this.self.muted = request['muted'];
        if (this.self && typeof request['volume'] === 'number') this.self.volume = request['volume'];
        return { object: { _: 'updateShort', update: this.participants(), date: 1 } };
      case 'phone.leaveGroupCall': {
        const left = this.participants({ left: true });
        await this.conference?.leave(request['source'] as number);
        this.self = undefined;
        return { object: this.updates(left) };
      }
      case 'updates.getState':
        return { object: { _: 'updates.state', pts: 1, qts: 1, date: 1, seq: 0, unreadCount: 0 } };
      case 'updates.getDifference':
        return { object: { _: 'updates.differenceEmpty', date: 1, seq: 0 } };
      default:
        return { refusal: { code: 400, name: 'METHOD_INVALID' } };
    }
  }

  async #join(request: Tl): Promise<Tl> {
    const { data } = request['params'] as { data: string };
    const payload = JSON.parse(data) as { ssrc: number };
    const answer = (await this.conference?.join(data)) ?? this.answer;
    this.self = {
      source: payload.ssrc,
      muted: this.forceMute || request['muted'] === true,
      canSelfUnmute: !this.forceMute,
    };
    return this.updates(this.participants({ justJoined: true }), {
      _: 'updateGroupCallConnection',
      params: { _: 'dataJSON', data: answer },
    });
  }

  #groupCall(): Tl {
    const { title, scheduleDate, rtmpStream } = this.call ?? {};
    return {
      _: 'groupCall',
      ...CALL,
      participantsCount: 1,
      unmutedVideoLimit: 30,
      version: this.version,
      title,
      scheduleDate,
      rtmpStream,
    };
  }

  #described(call: Tl): Tl {
    return { _: 'phone.groupCall', call, participants: [], participantsNextOffset: '', chats: [], users: [] };
  }

  #full(chat: Tl): Tl {
    const call = this.call && { _: 'inputGroupCall', ...CALL };
    return { _: 'messages.chatFull', fullChat: { ...chat, call }, chats: [], users: [] };
  }
}

/** The supergroup as chats come with answers and updates: libraries remember its access hash. */
export const SUPERGROUP_CHAT: Tl = {
  _: 'channel',
  ...SUPERGROUP,
  megagroup: true,
  title: 'Super',
  username: 'super_group',
  photo: { _: 'chatPhotoEmpty' },
  date: 1,
};

const CHANNEL_FULL: Tl = {
  _: 'channelFull',
  id: SUPERGROUP.id,
  about: '',
  readInboxMaxId: 0,
  readOutboxMaxId: 0,
  unreadCount: 0,
  chatPhoto: { _: 'photoEmpty', id: 1n },
  notifySettings: { _: 'peerNotifySettings' },
  botInfo: [],
  pts: 1,
};

const CHAT_FULL: Tl = {
  _: 'chatFull',
  id: BASIC_GROUP.id,
  about: '',
  participants: { _: 'chatParticipantsForbidden', chatId: BASIC_GROUP.id },
  notifySettings: { _: 'peerNotifySettings' },
};
