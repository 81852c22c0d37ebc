/** The script `name` beside the module that asks, in the form that this one runs in: as it is, or compiled. */
export function sibling(importMetaUrl: string, name: string): URL {
  return new URL(`${name}${importMetaUrl.slice(importMetaUrl.lastIndexOf('.'))}`, importMetaUrl);
}
