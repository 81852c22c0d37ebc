import { OptionError } from '../core/errors.ts';
import type { TransportOptions } from './transport-options.ts';
import { parseIceServers } from './turn/ice-server-url.ts';
import type { SrtpProfile } from './types.ts';

export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
export const DEFAULT_DTLS_TIMEOUT_MS = 10_000;
export const DEFAULT_GATHER_TIMEOUT_MS = 3000;
export const DEFAULT_SRTP_PROFILES: readonly SrtpProfile[] = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'];

/** RFC 8839, section 5.4. */
const MIN_UFRAG_LENGTH = 4;
const MIN_PASSWORD_LENGTH = 22;
/** Beyond this, a timer of Node fires at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** @throws {@link OptionError} */
export function checkTransportOptions(options: TransportOptions): void {
  const { credentials, srtpProfiles, portRange } = options;
  if (credentials && credentials.ufrag.length < MIN_UFRAG_LENGTH) {
    throw new OptionError('options.credentials.ufrag', credentials.ufrag, `of at least ${MIN_UFRAG_LENGTH} characters`);
  }
  if (credentials && credentials.pwd.length < MIN_PASSWORD_LENGTH) {
    throw new OptionError('options.credentials.pwd', '***', `of at least ${MIN_PASSWORD_LENGTH} characters`);
  }
  if (srtpProfiles?.length === 0) throw new OptionError('options.srtpProfiles', srtpProfiles, 'at least one profile');
  if (portRange) {
    const [first, last] = portRange;
    const isRange = Number.isInteger(first) && Number.isInteger(last) && first >= 1 && first <= last && last <= 65535;
    if (!isRange) throw new OptionError('options.portRange', portRange.join('-'), 'two ports in ascending order');
  }
  const servers = parseIceServers(options.iceServers ?? []);
  const hasTurn = servers.some(({ address }) => address.service === 'turn');
  if (options.iceTransportPolicy === 'relay' && !hasTurn) {
    throw new OptionError('options.iceServers', options.iceServers, "a list with a TURN server for the policy 'relay'");
  }
  checkDuration('options.gatherTimeoutMs', options.gatherTimeoutMs);
  checkDuration('options.connectTimeoutMs', options.connectTimeoutMs);
  checkDuration('options.dtlsTimeoutMs', options.dtlsTimeoutMs);
}

function checkDuration(path: string, value: number | undefined): void {
  if (value === undefined || (value > 0 && value <= MAX_TIMEOUT_MS)) return;
  throw new OptionError(path, value, `more than 0 and at most ${MAX_TIMEOUT_MS}`);
}
