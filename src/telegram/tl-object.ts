/**
 * An object of Telegram's schema (TL) as some library holds it. Libraries agree on the schema and differ in spelling: the
 * constructor is in `_` (mtcute, MTKruto) or `className` (GramJS), members are `canSelfUnmute` or `can_self_unmute`, and
 * an absent one is missing, `undefined` or `null`. These functions read them all.
 */
export type TlObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object of a constructor, named as in the schema: `updateGroupCall`, `phone.groupCall`. */
export function isTl(value: unknown, constructor: string): value is TlObject {
  return tlName(value)?.toLowerCase() === constructor.toLowerCase();
}

/** The member of a TL object, by its camel-case name; an absent one is `undefined`. */
export function tlMember(object: TlObject, name: string): unknown {
  return object[name] ?? object[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] ?? undefined;
}

/** A member that is a flag or a `Bool`. */
export function tlFlag(object: TlObject, name: string): boolean {
  return tlMember(object, name) === true;
}

/** A member that is a vector; none when it is absent. */
export function tlVector(object: TlObject, name: string): readonly unknown[] {
  const value = tlMember(object, name);
  return Array.isArray(value) ? value : [];
}

/** A 64-bit id as text: libraries hold it as a bigint, a `Long`, a big-integer, a number or a string. */
export function tlId(object: TlObject, name: string): string | undefined {
  const value = tlMember(object, name) as { toString(): string } | undefined;
  return value?.toString();
}

function tlName(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const object = value as TlObject;
  const name = object['_'] ?? object['className'];
  return typeof name === 'string' ? name : undefined;
}
