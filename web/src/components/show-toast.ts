// Loaded with the first message, so that it costs the first paint nothing.
const sonner = () => import('sonner');

/** Tells the result of an action that has left the screen; `undo` adds a button for five seconds. */
export function showToast(message: string, undo?: () => void): void {
  void sonner().then(({ toast }) =>
    toast(message, { duration: 5000, ...(undo === undefined ? {} : { action: { label: 'Undo', onClick: undo } }) }),
  );
}

/** Tells that an action failed. Stays until it is dismissed. */
export function showFailure(what: string, problem: unknown): void {
  void sonner().then(({ toast }) =>
    toast.error(what, {
      duration: Number.POSITIVE_INFINITY,
      closeButton: true,
      description: problem instanceof Error ? problem.message : 'Try again.',
    }),
  );
}
