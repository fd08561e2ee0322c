import { type KeyboardEvent, type MouseEvent, type PointerEvent, useState } from 'react';

/** The bucket that is being read, and the handlers of the area that reads it. */
export interface BucketCursor {
  /** Index of the bucket, null while none is being read. */
  readonly index: number | null;
  readonly isPinned: boolean;
  readonly handlers: {
    onPointerMove: (event: PointerEvent<HTMLElement>) => void;
    onPointerDown: (event: PointerEvent<HTMLElement>) => void;
    onPointerLeave: (event: PointerEvent<HTMLElement>) => void;
    onClick: (event: MouseEvent<HTMLElement>) => void;
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
    onFocus: () => void;
    onBlur: () => void;
  };
}

/**
 * Reads a chart by pointer, finger and keyboard: hover or swipe to read, click to pin, arrow keys, Home and End to
 * move, Enter or Space to pin, Escape to let go. `restIndex` is where the keyboard begins.
 */
export function useBucketCursor(
  count: number,
  restIndex: number,
  bucketAt: (clientX: number, area: HTMLElement) => number | null,
): BucketCursor {
  const [cursor, setCursor] = useState<{ index: number | null; isPinned: boolean }>({ index: null, isPinned: false });
  // The answer may have fewer buckets than the one before.
  const index = cursor.index === null || count === 0 ? null : Math.min(cursor.index, count - 1);

  const readAt = (event: PointerEvent<HTMLElement>): void => {
    if (cursor.isPinned) return;
    const next = bucketAt(event.clientX, event.currentTarget);
    if (next !== null) setCursor({ index: next, isPinned: false });
  };
  const moveTo = (next: number): void => {
    setCursor({ index: Math.max(0, Math.min(count - 1, next)), isPinned: cursor.isPinned });
  };

  return {
    index,
    isPinned: cursor.isPinned,
    handlers: {
      onPointerMove: readAt,
      onPointerDown: (event) => {
        if (event.pointerType !== 'mouse') readAt(event);
      },
      onPointerLeave: (event) => {
        // A finger that was lifted leaves its reading behind.
        if (!cursor.isPinned && event.pointerType === 'mouse') setCursor({ index: null, isPinned: false });
      },
      onClick: (event) => {
        const next = bucketAt(event.clientX, event.currentTarget);
        if (next === null) return;
        setCursor({ index: next, isPinned: !(cursor.isPinned && index === next) });
      },
      onKeyDown: (event) => {
        if (count === 0) return;
        const target = keyTarget(event.key, index, count);
        if (target !== null) moveTo(target);
        else if (event.key === 'Enter' || event.key === ' ')
          setCursor({ index: index ?? restIndex, isPinned: !cursor.isPinned });
        else if (event.key === 'Escape' && index !== null) setCursor({ index: null, isPinned: false });
        else return;
        event.preventDefault();
      },
      onFocus: () => {
        if (cursor.index === null && count > 0) setCursor({ index: restIndex, isPinned: false });
      },
      onBlur: () => {
        if (!cursor.isPinned) setCursor({ index: null, isPinned: false });
      },
    },
  };
}

function keyTarget(key: string, index: number | null, count: number): number | null {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return index === null ? count - 1 : index - 1;
    case 'ArrowRight':
    case 'ArrowUp':
      return index === null ? 0 : index + 1;
    case 'PageDown':
      return (index ?? count) - 7;
    case 'PageUp':
      return (index ?? -1) + 7;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
