import { Toaster } from 'sonner';
import { useTheme } from '../theme/theme.ts';

/** Where messages about finished actions appear. */
export function Toasts() {
  const [theme] = useTheme();
  return (
    <Toaster
      theme={theme}
      position="bottom-right"
      mobileOffset={{ bottom: 72 }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            'flex w-full items-center gap-3 rounded-sheet border border-overlay-line bg-surface px-4 py-3 font-sans text-body text-ink shadow-overlay',
          content: 'grow',
          title: 'text-body',
          description: 'whitespace-pre-line text-meta text-ink-2',
          actionButton: 'rounded-control px-2 py-1 text-control text-accent hover:bg-sunken',
          closeButton: 'order-last rounded-control p-1 text-ink-3 hover:bg-sunken hover:text-ink',
        },
      }}
    />
  );
}
