import { Button } from '../../components/button.tsx';
import { formatCountOf } from '../../format/index.ts';
import type { SettingsState } from './settings-draft.ts';
import type { SettingsForm } from './use-settings.ts';

/** Stays at the bottom while something is changed and not saved. */
export function SaveBar({ form }: { form: SettingsForm<SettingsState> }) {
  const names = Object.keys(form.changes);
  if (names.length === 0) return null;
  return (
    <section
      aria-label="Unsaved changes"
      className="sticky bottom-0 z-10 -mx-4 flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-line-strong border-t bg-canvas px-4 py-3 max-md:bottom-14 md:-mx-8 md:px-8"
    >
      <div className="min-w-0">
        <p className="text-control">{formatCountOf(names.length, 'change')} not saved</p>
        <p className="truncate text-ink-3 text-meta">{names.map((name) => name.replaceAll('_', ' ')).join(', ')}</p>
        {form.error && (
          <p role="alert" className="whitespace-pre-line text-danger">
            {form.error.message}
          </p>
        )}
      </div>
      <div className="flex gap-2">
        <Button onClick={form.discard}>Discard</Button>
        <Button variant="primary" busy={form.isSaving} onClick={form.save}>
          Save
        </Button>
      </div>
    </section>
  );
}
