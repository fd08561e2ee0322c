import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Checkbox, TextInput } from '../../components/field.tsx';
import { RadioCards } from '../../components/radio-cards.tsx';
import { modelsQuery } from '../../setup/models-query.ts';
import type { KeyFieldsProps } from './key-fields.tsx';

const manyModels = 8;

/** Which models the key may call. */
export function ModelsField({ draft, problems, onChange }: KeyFieldsProps) {
  const models = useQuery(modelsQuery);
  const [search, setSearch] = useState('');
  const known = models.data ?? [];
  const chosen = draft.models ?? [];
  // A key may list models that are gone by now, or patterns; they can be taken off the list.
  const all = [...known, ...chosen.filter((name) => !known.includes(name))];
  const shown = all.filter((name) => name.toLowerCase().includes(search.trim().toLowerCase()));
  const toggle = (name: string, on: boolean) =>
    onChange({ models: on ? [...chosen, name] : chosen.filter((other) => other !== name) });
  return (
    <div className="flex flex-col gap-2">
      <RadioCards
        legend="Models"
        name="models"
        value={draft.models === null ? 'all' : 'some'}
        onValueChange={(value) => onChange({ models: value === 'all' ? null : [] })}
        options={[
          {
            value: 'all',
            label: `All I can use (${known.length})`,
            hint: 'New models work with this key as soon as you have them.',
          },
          { value: 'some', label: 'Only these', hint: 'New models stay off until you add them here.' },
        ]}
        error={problems.models}
      />
      {draft.models !== null && (
        <fieldset className="rounded-control border border-line">
          <legend className="sr-only">Models this key may call</legend>
          {all.length > manyModels && (
            <div className="border-line border-b p-2">
              <TextInput
                type="search"
                aria-label="Find a model"
                placeholder="Find a model"
                value={search}
                onChange={(event) => setSearch(event.target.value)}
              />
            </div>
          )}
          <div className="flex max-h-56 flex-col gap-1.5 overflow-y-auto p-3">
            {shown.map((name) => (
              <Checkbox
                key={name}
                label={<code>{name}</code>}
                checked={chosen.includes(name)}
                onChange={(event) => toggle(name, event.target.checked)}
              />
            ))}
            {shown.length === 0 && (
              <p className="text-ink-3">
                {all.length === 0 ? 'You can’t call any model yet.' : `No model matches “${search.trim()}”.`}
              </p>
            )}
          </div>
        </fieldset>
      )}
    </div>
  );
}
