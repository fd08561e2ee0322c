import { deleteKeys } from '@latchkey/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { nanoUsdFrom } from '../../api/nano-usd.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { nameOfKey } from '../../components/name-of-key.ts';
import { showToast } from '../../components/show-toast.ts';
import { formatRelative, formatUsd } from '../../format/index.ts';
import { useKeyRights } from './use-key-rights.ts';

/** The key that is about to go. */
export interface DoomedKey {
  hash: string;
  key_alias: string | null;
  key_name: string;
  last_active: string | null;
  spend: number;
  user_id: string | null;
  team_id: string | null;
}

const recentMs = 7 * 86_400_000;

/** Asks before a key is deleted; a key with recent traffic must be typed by name. */
export function DeleteKeyDialog({
  doomed,
  onClose,
  onDeleted,
}: {
  doomed: DoomedKey | null;
  onClose: () => void;
  onDeleted?: () => void;
}) {
  const queryClient = useQueryClient();
  const rightsFor = useKeyRights();
  const remove = useMutation({
    mutationFn: (key: DoomedKey) => call(deleteKeys, { keys: [key.hash] }),
    onSuccess: async (_, key) => {
      showToast(`${nameOfKey(key)} is deleted.`);
      onClose();
      onDeleted?.();
      queryClient.removeQueries({ queryKey: ['keys', 'one', key.hash] });
      await queryClient.invalidateQueries({ queryKey: ['keys'] });
    },
  });
  if (doomed === null) return null;
  const name = nameOfKey(doomed);
  const { mayBlock } = rightsFor(doomed);
  const isInUse = doomed.last_active !== null && Date.now() - new Date(doomed.last_active).getTime() < recentMs;
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => {
        if (open) return;
        remove.reset();
        onClose();
      }}
      title={`Delete ${name}?`}
      consequences={[
        doomed.last_active === null ? 'It was never used.' : `It was last used ${formatRelative(doomed.last_active)}.`,
        `Requests with it are refused at once. It cannot be restored${mayBlock ? '; to stop it for a while, block it instead' : ''}.`,
        `What it spent (${formatUsd(nanoUsdFrom(doomed.spend))}) stays in the books.`,
      ]}
      confirmLabel="Delete key"
      busy={remove.isPending}
      error={remove.error?.message}
      onConfirm={() => remove.mutate(doomed)}
      {...(isInUse ? { typeToConfirm: name } : {})}
    />
  );
}
