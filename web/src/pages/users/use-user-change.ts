import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiFailure } from '../../api/api-failure.ts';
import { showToast } from '../../components/show-toast.ts';

/** A change to a person, under way or refused. */
export interface UserChange<Input> {
  readonly run: (input: Input) => void;
  readonly isBusy: boolean;
  /** Why it was refused, in the words of the gateway. */
  readonly problem: string | undefined;
}

/** Runs a change, then refreshes every list of people, says so, and closes the window it was asked for in. */
export function useUserChange<Input>(
  change: (input: Input) => Promise<unknown>,
  done: string,
  onDone: () => void,
): UserChange<Input> {
  const queryClient = useQueryClient();
  const mutation = useMutation({
    mutationFn: change,
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['users'] });
      showToast(done);
      onDone();
    },
  });
  return {
    run: (input) => mutation.mutate(input),
    isBusy: mutation.isPending,
    problem:
      mutation.error === null
        ? undefined
        : mutation.error instanceof ApiFailure
          ? mutation.error.message
          : 'The console hit an unexpected problem. Try again.',
  };
}
