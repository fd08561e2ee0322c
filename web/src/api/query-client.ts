import { QueryClient } from '@tanstack/react-query';
import { ApiFailure } from './api-failure.ts';

/** One cache for the whole console. A refusal is final; only breakdowns are tried again. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      retry: (failures, problem) => {
        if (!(problem instanceof ApiFailure)) return false;
        return (problem.status === 0 || problem.status >= 500) && failures < 2;
      },
    },
  },
});
