import { checkDuration } from '../core/check-duration.ts';
import { OptionError } from '../core/errors.ts';
import type { IpFamily, TransportOptions } from './transport-options.ts';
import { parseIceServers } from './turn/ice-server-url.ts';
import type { DtlsRole, IceRole, SrtpProfile } from './types.ts';

export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
export const DEFAULT_DTLS_TIMEOUT_MS = 10_000;
export const DEFAULT_GATHER_TIMEOUT_MS = 3000;
export const DEFAULT_SRTP_PROFILES: readonly SrtpProfile[] = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'];

const FAMILIES: readonly IpFamily[] = ['ipv4', 'ipv6'];
const POLICIES = ['all', 'relay'];
const ICE_ROLES: readonly IceRole[] = ['controlling', 'controlled'];
const DTLS_ROLES: readonly DtlsRole[] = ['client', 'server'];
/** RFC 8839, section 5.4. */
const MIN_UFRAG_LENGTH = 4;
const MIN_PASSWORD_LENGTH = 22;

/** @throws {@link OptionError} */
export function checkTransportOptions(options: TransportOptions): void {
  const { credentials, srtpProfiles, portRange } = options;
  if (credentials && credentials.ufrag.length < MIN_UFRAG_LENGTH) {
    throw new OptionError('options.credentials.ufrag', credentials.ufrag, `of at least ${MIN_UFRAG_LENGTH} characters`);
  }
  if (credentials && credentials.pwd.length < MIN_PASSWORD_LENGTH) {
    throw new OptionError('options.credentials.pwd', '***', `of at least ${MIN_PASSWORD_LENGTH} characters`);
  }
  if (portRange) {
    const [first, last] = portRange;
    const isRange = Number.isInteger(first) && Number.isInteger(last) && first >= 1 && first <= last && last <= 65535;
    if (!isRange) throw new OptionError('options.portRange', portRange.join('-'), 'two ports in ascending order');
  }
  for (const name of ['min', 'max'] as const) {
    const value = options.videoBitrate?.[name];
    if (value === undefined || (value >= 1000 && value <= 1e9)) continue;
    throw new OptionError(`options.videoBitrate.${name}`, value, 'a number of bit/s, from 1000 to 10^9');
  }
  const { min = 0, max = Infinity } = options.videoBitrate ?? {};
  if (min > max) throw new OptionError('options.videoBitrate.min', min, `no more than \`max\`, ${max}`);
  checkChoices('options.families', options.families, FAMILIES);
  checkChoices('options.srtpProfiles', srtpProfiles, DEFAULT_SRTP_PROFILES);
  checkChoices('options.iceTransportPolicy', wrapped(options.iceTransportPolicy), POLICIES);
  checkChoices('options.iceRole', wrapped(options.iceRole), ICE_ROLES);
  checkChoices('options.dtlsRole', wrapped(options.dtlsRole), DTLS_ROLES);
  for (const [name, value] of Object.entries(options.iceTimings ?? {})) {
    checkDuration(`options.iceTimings.${name}`, value as number | undefined, name === 'preCheckDelayMs' ? 0 : 1);
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

/** All of a list have to be among the known values, and there has to be one. */
function checkChoices(path: string, values: readonly string[] | undefined, known: readonly string[]): void {
  if (values === undefined) return;
  const wrong = values.find((value) => !known.includes(value));
  if (wrong === undefined && values.length > 0) return;
  throw new OptionError(path, wrong ?? values, `of ${known.map((one) => `'${one}'`).join(', ')}`);
}

function wrapped(value: string | undefined): string[] | undefined {
  return value === undefined ? undefined : [value];
}
