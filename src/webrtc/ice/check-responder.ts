import type { IceBehavior } from '../transport-options.ts';
import type { IceRole } from '../types.ts';
import type { CheckMessages } from './check-messages.ts';
import type { ReceivedStunMessage } from './stun-message.ts';

/** What a check of the peer's leads to. */
export interface CheckAnswer {
  readonly reply: Buffer | undefined;
  /** The check succeeded, and says something about the pair it came over. */
  readonly accepted: boolean;
  /** We have to take the other role. */
  readonly switchRole: boolean;
}

const ROLE_CONFLICT = 487;
const UNAUTHENTICATED = 401;
const SILENCE: CheckAnswer = { reply: undefined, accepted: false, switchRole: false };

/** Answers the peer's checks (RFC 8445, section 7.3). */
export class CheckResponder {
  readonly #messages: CheckMessages;
  readonly #behavior: IceBehavior;
  /** When the peer's credentials are known; see {@link IceBehavior.registerAfterMs}. */
  #registeredMs: number;
  #roleConflictsLeft: number;

  constructor(messages: CheckMessages, behavior: IceBehavior) {
    this.#messages = messages;
    this.#behavior = behavior;
    this.#registeredMs = behavior.registerAfterMs ? Infinity : -Infinity;
    this.#roleConflictsLeft = behavior.roleConflicts ?? 0;
  }

  /** Begins to count the delay of registration. Returns its end. */
  start(nowMs: number): number {
    this.#registeredMs = nowMs + (this.#behavior.registerAfterMs ?? 0);
    return this.#registeredMs;
  }

  answer(request: ReceivedStunMessage, role: IceRole, ip: string, port: number, nowMs: number): CheckAnswer {
    if (!this.#messages.isForUs(request)) return SILENCE;
    if (nowMs < this.#registeredMs) {
      if (this.#behavior.unregisteredAnswer !== 'error-401') return SILENCE;
      return { ...SILENCE, reply: this.#messages.error(request, UNAUTHENTICATED) };
    }
    if (this.#roleConflictsLeft > 0) {
      this.#roleConflictsLeft--;
      return this.#conflict(request);
    }
    const switchRole = this.#judgeRoles(request, role);
    if (switchRole === undefined) return this.#conflict(request);
    return { reply: this.#messages.success(request, ip, port), accepted: true, switchRole };
  }

  /**
   * RFC 8445, section 7.3.1.1: when both claim one role, the larger tie-breaker gets to control. True when that is not
   * what we do now, undefined when the peer has to change.
   */
  #judgeRoles(request: ReceivedStunMessage, role: IceRole): boolean | undefined {
    if (this.#behavior.lite) return false;
    const claimed = role === 'controlling' ? request.controlling : request.controlled;
    if (claimed === undefined) return false;
    const weControl = this.#messages.tieBreaker >= claimed;
    if (weControl === (role === 'controlling')) return undefined;
    return true;
  }

  #conflict(request: ReceivedStunMessage): CheckAnswer {
    return { ...SILENCE, reply: this.#messages.error(request, ROLE_CONFLICT) };
  }
}
