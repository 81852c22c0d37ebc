import { PayloadError } from '../core/errors.ts';

/** A value inside a JSON text and where it stands, so that whatever is wrong with it can be named. */
export interface JsonNode {
  /** As in `transport.candidates[0].port`; `$` for the whole text. */
  readonly path: string;
  readonly value: unknown;
}

/**
 * Parses a JSON text. A broken one is refused with the position at which it breaks, and never with a piece of itself:
 * it holds credentials.
 *
 * @throws PayloadError
 */
export function parseJson(text: string): JsonNode {
  if (typeof text !== 'string') {
    throw new PayloadError('$', `must be a text of JSON, not ${typeof text}; findJoinAnswer() finds it among updates`);
  }
  try {
    return { path: '$', value: JSON.parse(text) };
  } catch (error) {
    const position = /position (\d+)/.exec((error as SyntaxError).message)?.[1];
    const cut = (error as SyntaxError).message.includes('end of JSON');
    const where = position ?? (cut ? String(text.length) : undefined);
    const place = where === undefined ? `(${text.length} characters)` : `at position ${where} of ${text.length}`;
    throw new PayloadError('$', `is not valid JSON ${place}`);
  }
}

/** The member `key` of an object; absent and `null` are the same thing, an undefined value. */
export function member(node: JsonNode, key: string): JsonNode {
  const path = node.path === '$' ? key : `${node.path}.${key}`;
  const holder = asObject(node);
  return { path, value: Object.hasOwn(holder, key) ? (holder[key] ?? undefined) : undefined };
}

/** The elements of an array; none when the value is absent. */
export function elements(node: JsonNode): JsonNode[] {
  if (node.value === undefined) return [];
  if (!Array.isArray(node.value)) return refuse(node, 'must be an array');
  return node.value.map((value: unknown, index) => ({ path: `${node.path}[${index}]`, value: value ?? undefined }));
}

/** A non-empty string. */
export function asString(node: JsonNode): string {
  if (typeof node.value !== 'string' || node.value === '') return refuse(node, 'must be a non-empty string');
  return node.value;
}

/** A string or a number, as text. */
export function asText(node: JsonNode): string {
  return typeof node.value === 'number' ? String(node.value) : asString(node);
}

/** An integer, written as a number or as a decimal string. */
export function asInteger(node: JsonNode, min: number, max: number): number {
  const { value } = node;
  const integer = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof integer !== 'number' || !Number.isInteger(integer) || integer < min || integer > max) {
    return refuse(node, `must be an integer from ${min} to ${max}`);
  }
  return integer;
}

/** The values of an object that is there. */
export function asObject(node: JsonNode): Record<string, unknown> {
  const { value } = node;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(node, 'must be an object');
  return value as Record<string, unknown>;
}

/** @throws PayloadError always: `problem` completes the sentence that begins with the path. */
export function refuse(node: JsonNode, problem: string): never {
  throw new PayloadError(node.path, node.value === undefined ? `is missing: it ${problem}` : problem);
}
