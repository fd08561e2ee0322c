import { lazy, Suspense } from 'react';
import type { TooltipProps } from './tooltip-panel.tsx';

const TooltipPanel = lazy(() => import('./tooltip-panel.tsx').then((module) => ({ default: module.TooltipPanel })));

/** A note that appears on hover and on focus. Never the only place of something one must know. */
export function Tooltip(props: TooltipProps) {
  return (
    <Suspense fallback={props.children}>
      <TooltipPanel {...props} />
    </Suspense>
  );
}
