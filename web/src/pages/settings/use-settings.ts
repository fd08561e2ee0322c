import type { Endpoint } from '@latchkey/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { showToast } from '../../components/show-toast.ts';
import { type Changes, type SettingsState, type SettingValue, withChange } from './settings-draft.ts';

/** A group of settings on the screen: what the gateway says, and what a person has changed. */
export interface SettingsForm<State extends SettingsState> {
  readonly state: State;
  readonly changes: Changes;
  /** False for those who only look. */
  readonly mayChange: boolean;
  readonly set: (name: string, value: SettingValue) => void;
  readonly discard: () => void;
  readonly save: () => void;
  readonly isSaving: boolean;
  /** Why the last saving was refused. */
  readonly error: Error | null;
}

/**
 * Loads a group of settings and keeps what is changed until it is saved.
 * @returns the form, or what stands in its place while it loads.
 */
export function useSettings<State extends SettingsState, Input>(options: {
  readonly name: string;
  readonly read: Endpoint<undefined, State>;
  readonly update: Endpoint<Input, unknown>;
  /** The changes as the endpoint takes them. */
  readonly inputOf: (changes: Changes) => Input;
  readonly mayChange: boolean;
}) {
  const queryClient = useQueryClient();
  const queryKey = ['settings', options.name];
  const query = useQuery({ queryKey, queryFn: ({ signal }) => call(options.read, undefined, { signal }) });
  const [changes, setChanges] = useState<Changes>({});
  const saving = useMutation({
    mutationFn: () => call(options.update, options.inputOf(changes)),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey });
      setChanges({});
      showToast('Settings saved');
    },
  });
  if (query.data === undefined) return { form: null, query };
  const state = query.data;
  const form: SettingsForm<State> = {
    state,
    changes,
    mayChange: options.mayChange,
    set: (name, value) => {
      saving.reset();
      setChanges((before) => withChange(state, before, name, value));
    },
    discard: () => {
      saving.reset();
      setChanges({});
    },
    save: () => saving.mutate(),
    isSaving: saving.isPending,
    error: saving.error,
  };
  return { form, query };
}
