/** What a key is called: its name, or `sk-····3PVA` when it has none. */
export function nameOfKey(key: { key_alias: string | null; key_name: string | null }): string {
  if (key.key_alias !== null && key.key_alias !== '') return key.key_alias;
  return key.key_name === null ? 'Unnamed key' : `sk-····${key.key_name.slice(-4)}`;
}
