import { isTl, tlFlag, tlMember, tlVector } from './tl-object.ts';

export interface FindJoinAnswerOptions {
  /** Look for the answer to `phone.joinGroupCallPresentation` instead. Default false. */
  presentation?: boolean | undefined;
}

/** Deeper than any update is nested, and an end for objects that contain themselves. */
const MAX_DEPTH = 6;

/**
 * Finds the answer to a join in what `phone.joinGroupCall` returned: `params` of the `updateGroupCallConnection` that is in
 * there, be it in `updates`, `updatesCombined`, `updateShort`, an array of them, or by itself.
 *
 * @returns The JSON to give to `call.connect`, or undefined when there is none.
 * @example
 * const updates = await tg.call({ _: 'phone.joinGroupCall', … });
 * await call.connect(findJoinAnswer(updates)!);
 */
export function findJoinAnswer(updates: unknown, options: FindJoinAnswerOptions = {}): string | undefined {
  return search(updates, options.presentation ?? false, MAX_DEPTH);
}

function search(value: unknown, presentation: boolean, depth: number): string | undefined {
  if (depth === 0 || typeof value !== 'object' || value === null) return undefined;
  if (isTl(value, 'updateGroupCallConnection')) {
    return tlFlag(value, 'presentation') === presentation ? dataOf(tlMember(value, 'params')) : undefined;
  }
  const holder = value as Readonly<Record<string, unknown>>;
  const inside = Array.isArray(value) ? (value as unknown[]) : [...tlVector(holder, 'updates'), holder['update']];
  for (const element of inside) {
    const answer = search(element, presentation, depth - 1);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** `dataJSON`, or the text itself where a library unwraps it. */
function dataOf(params: unknown): string | undefined {
  const data = isTl(params, 'dataJSON') ? tlMember(params, 'data') : params;
  return typeof data === 'string' ? data : undefined;
}
