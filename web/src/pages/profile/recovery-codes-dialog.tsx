import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';

/** The recovery codes, the only time they are shown. */
export function RecoveryCodesDialog({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  return (
    <Dialog
      open
      kind="alert"
      onOpenChange={() => undefined}
      title="Keep these recovery codes"
      description="Each lets you in once when you do not have the app. They are shown only now; keep them where you keep passwords."
      footer={
        <>
          <CopyButton value={codes.join('\n')} label="Copy all" />
          <Button variant="primary" onClick={onClose}>
            I saved them
          </Button>
        </>
      }
    >
      <ul
        translate="no"
        className="grid grid-cols-1 gap-x-6 gap-y-1 rounded-control border border-line bg-sunken p-3 font-mono text-body min-[400px]:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </Dialog>
  );
}
