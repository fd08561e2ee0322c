/** Copies text to the clipboard. False when the browser allows neither way (plain http without a user's consent). */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyThroughSelection(text);
  }
}

/** The older way, which works on plain http. Restores the focus. */
function copyThroughSelection(text: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  area.style.cssText = 'position:fixed;top:0;left:0;opacity:0;pointer-events:none';
  // Inside an open dialog, because its focus trap takes the focus from anything outside.
  const host = focused?.closest('[role="dialog"],[role="alertdialog"]') ?? document.body;
  host.append(area);
  area.select();
  let copied = false;
  try {
    copied = document.execCommand('copy');
  } catch {
    copied = false;
  }
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
