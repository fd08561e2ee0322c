import type { ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { Checkbox, Field, PasswordInput, TextInput } from '../../components/field.tsx';
import { hasSecret, isOn, type SettingsState, type SettingValue, textOf } from './settings-draft.ts';
import type { SettingsForm } from './use-settings.ts';

/** What the fields of a group of settings have in common. */
interface SettingProps {
  form: SettingsForm<SettingsState>;
  /** Of the setting, as the API calls it. */
  name: string;
  label: ReactNode;
  hint?: ReactNode;
}

/** A setting that is a text. */
export function TextSetting({
  form,
  name,
  label,
  hint,
  placeholder,
  toValue = (text) => text.trim(),
}: SettingProps & { placeholder?: string; toValue?: (text: string) => SettingValue }) {
  const changed = form.changes[name];
  return (
    <Field label={label} hint={hint} note={<Source form={form} name={name} />}>
      <TextInput
        autoComplete="off"
        spellCheck={false}
        readOnly={!form.mayChange}
        placeholder={placeholder}
        value={typeof changed === 'string' ? changed : textOf(form.state, form.changes, name)}
        onChange={(event) => form.set(name, event.target.value)}
        onBlur={(event) => form.set(name, toValue(event.target.value))}
      />
    </Field>
  );
}

/** A setting that is written and never shown again. */
export function SecretSetting({ form, name, label, hint }: SettingProps) {
  const isSet = hasSecret(form.state, name);
  return (
    <Field
      label={label}
      hint={hint ?? (isSet ? 'Set, and never shown. Type to replace it.' : 'Kept encrypted, and never shown again.')}
      note={<Source form={form} name={name} />}
    >
      <PasswordInput
        autoComplete="off"
        readOnly={!form.mayChange}
        placeholder={isSet ? '••••••••' : undefined}
        value={textOf(form.state, form.changes, name)}
        onChange={(event) => form.set(name, event.target.value === '' && isSet ? '********' : event.target.value)}
      />
    </Field>
  );
}

/** A setting that is on or off. */
export function FlagSetting({
  form,
  name,
  label,
  hint,
  whenNotSet = false,
}: SettingProps & { /** What holds while nobody has set it. */ whenNotSet?: boolean }) {
  const isSet = Object.hasOwn(form.changes, name) || typeof form.state.values[name] === 'boolean';
  return (
    <Checkbox
      label={label}
      hint={hint}
      disabled={!form.mayChange}
      checked={isSet ? isOn(form.state, form.changes, name) : whenNotSet}
      onChange={(event) => form.set(name, event.target.checked)}
    />
  );
}

/** Where a value comes from, with the way back to it from what was set here. */
function Source({ form, name }: Pick<SettingProps, 'form' | 'name'>) {
  const source = form.state.provenance[name];
  if (form.changes[name] !== undefined) return 'Not saved yet';
  if (source === 'environment') return 'From the environment';
  if (source !== 'database' || !form.mayChange) return null;
  return (
    <Button variant="ghost" size="small" onClick={() => form.set(name, null)}>
      Take back
    </Button>
  );
}
