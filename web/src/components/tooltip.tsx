import { lazy, type ReactNode, Suspense } from 'react';

const TooltipPanel = lazy(() => import('./tooltip-panel.tsx').then((module) => ({ default: module.TooltipPanel })));

/** Props of `Tooltip`. */
export interface TooltipProps {
  content: ReactNode;
  /** One focusable element. */
  children: ReactNode;
  side?: 'top' | 'right' | 'bottom' | 'left';
}

/** A note that appears on hover and on focus. Never the only place of something one must know. */
export function Tooltip(props: TooltipProps) {
  return (
    <Suspense fallback={props.children}>
      <TooltipPanel {...props} />
    </Suspense>
  );
}
