/** A text from outside as the books can keep it. Postgres stores no U+0000: one would keep the whole journal from being folded. */
export function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}
