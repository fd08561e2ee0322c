import type { Transaction } from 'kysely';
import type { Call } from '../../http/call.ts';
import { type SwitchableMailEvent, switchableMailEvents } from '../../mail/mail-events.contract.ts';
import { readSwitchedOff, storedEventSettings } from '../../mail/mail-setup.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import { lockSetting, writeSetting } from '../settings/index.ts';

type EventSetting = { event: SwitchableMailEvent; enabled: boolean };

/** Which events people get mail about. */
export async function getEventSettings(parts: Parts): Promise<{ settings: EventSetting[] }> {
  const { isOn } = await parts.mail.setup(parts.storage.db);
  return { settings: switchableMailEvents.map((event) => ({ event, enabled: isOn(event) })) };
}

/** Switches events. Those that are not named stay as they are; of one that is named twice the last counts. */
export async function updateEventSettings(parts: Parts, call: Call, input: { settings: readonly EventSetting[] }) {
  const settings = await change(parts, call, (off) => {
    for (const { event, enabled } of input.settings) {
      if (enabled) off.delete(event);
      else off.add(event);
    }
  });
  return { message: 'Email event settings updated successfully', settings };
}

/** Switches every event on. */
export async function resetEventSettings(parts: Parts, call: Call) {
  const settings = await change(parts, call, (off) => off.clear());
  return { message: 'Email event settings reset to defaults', settings };
}

async function change(parts: Parts, call: Call, apply: (off: Set<string>) => void): Promise<EventSetting[]> {
  return parts.changes.change(call.context, async (tx: Transaction<Database>) => {
    const off = new Set(readSwitchedOff(await lockSetting(tx, parts, call.context, storedEventSettings)));
    const before = listOf(off);
    apply(off);
    const value = JSON.stringify({ off: [...off].sort() });
    await writeSetting(tx, parts, call.context, { name: storedEventSettings, value });
    const after = listOf(off);
    return {
      result: after,
      audit: {
        action: 'updated',
        object: { type: 'settings', id: storedEventSettings },
        before: { settings: before },
        after: { settings: after },
      },
    };
  });
}

function listOf(off: ReadonlySet<string>): EventSetting[] {
  return switchableMailEvents.map((event) => ({ event, enabled: !off.has(event) }));
}
