import { TransportError, type ErrorCode } from '../../core/errors.ts';

/** Alert descriptions (RFC 5246, section 7.2) that this implementation sends or names. */
const DESCRIPTIONS = {
  close_notify: 0,
  unexpected_message: 10,
  bad_record_mac: 20,
  handshake_failure: 40,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_unknown: 46,
  illegal_parameter: 47,
  decode_error: 50,
  decrypt_error: 51,
  protocol_version: 70,
  insufficient_security: 71,
  internal_error: 80,
  user_canceled: 90,
  no_renegotiation: 100,
  missing_extension: 109,
} as const;

export type AlertDescription = keyof typeof DESCRIPTIONS;

const WARNING = 1;
const FATAL = 2;

/** Ends a handshake: what the peer is told, and what our side is told. */
export class HandshakeFailure extends TransportError {
  readonly description: AlertDescription;

  constructor(description: AlertDescription, problem: string, code: ErrorCode = 'ERR_DTLS_FAILED', cause?: unknown) {
    super(code, `The DTLS handshake failed: ${problem}.`, { cause });
    this.description = description;
  }
}

export function encodeAlert(description: AlertDescription): Buffer {
  return Buffer.from([description === 'close_notify' ? WARNING : FATAL, DESCRIPTIONS[description]]);
}

/** Reads an alert of two bytes; `name` is the number when it is not a known one. */
export function decodeAlert(payload: Buffer): { fatal: boolean; name: string } | undefined {
  if (payload.length !== 2) return undefined;
  const known = Object.entries(DESCRIPTIONS).find(([, value]) => value === payload[1]);
  return { fatal: payload[0] === FATAL, name: known ? known[0] : String(payload[1]) };
}
