import { blockKey, unblockKey } from '@latchkey/server/contract';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { showFailure, showToast } from '../../components/show-toast.ts';

/** Blocks or unblocks a key at once, without a question, and offers Undo. */
export function useBlockKey(): (hash: string, name: string, block: boolean) => Promise<void> {
  const queryClient = useQueryClient();
  const set = async (hash: string, name: string, block: boolean, offerUndo: boolean): Promise<void> => {
    try {
      await call(block ? blockKey : unblockKey, { key: hash });
      showToast(
        block ? `${name} is blocked. Requests get 401.` : `${name} works again.`,
        offerUndo ? () => void set(hash, name, !block, false) : undefined,
      );
    } catch (problem) {
      showFailure(block ? `${name} could not be blocked` : `${name} could not be unblocked`, problem);
    }
    await queryClient.invalidateQueries({ queryKey: ['keys'] });
  };
  return (hash, name, block) => set(hash, name, block, true);
}
