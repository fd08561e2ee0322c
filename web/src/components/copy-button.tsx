import { Check, Copy } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Button, type ButtonSize, type ButtonVariant } from './button.tsx';
import { copyText } from './copy-text.ts';
import { Dialog } from './dialog.tsx';
import { TextArea } from './field.tsx';

/** Props of `CopyButton`. */
export interface CopyButtonProps {
  value: string;
  /** Name of the button; printed unless `size` is `icon`. */
  label: string;
  /** Said when done, such as "Key copied". */
  done?: string;
  size?: ButtonSize;
  variant?: ButtonVariant;
  autoFocus?: boolean;
  className?: string;
  onCopied?: () => void;
  children?: ReactNode;
}

/** Copies text. Where the browser forbids it, shows the text selected, to be copied by hand: the tick never lies. */
export function CopyButton({
  value,
  label,
  done = 'Copied',
  size = 'regular',
  variant,
  autoFocus = false,
  className,
  onCopied,
}: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  const [byHand, setByHand] = useState(false);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (autoFocus) button.current?.focus();
  }, [autoFocus]);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    if (await copyText(value)) {
      setCopied(true);
      onCopied?.();
    } else {
      setByHand(true);
    }
  };
  const Icon = copied ? Check : Copy;
  const small = size === 'icon';
  return (
    <>
      <Button
        ref={button}
        variant={variant ?? (small ? 'ghost' : 'secondary')}
        size={size}
        className={className}
        onClick={() => void copy()}
        {...(small ? { 'aria-label': label, title: label } : {})}
      >
        <Icon aria-hidden className={small ? 'size-3.5' : 'size-4'} strokeWidth={1.5} />
        {!small && label}
      </Button>
      <span role="status" className="sr-only">
        {copied ? done : ''}
      </span>
      <Dialog
        open={byHand}
        onOpenChange={setByHand}
        title="Press Ctrl C or ⌘ C"
        description="This browser does not let the page copy by itself. The text below is selected."
        footer={
          <Button
            variant="primary"
            onClick={() => {
              setByHand(false);
              onCopied?.();
            }}
          >
            I copied it
          </Button>
        }
      >
        <TextArea
          readOnly
          aria-label="Text to copy"
          value={value}
          rows={3}
          className="font-mono"
          ref={(area) => area?.select()}
          translate="no"
          data-1p-ignore
        />
      </Dialog>
    </>
  );
}
