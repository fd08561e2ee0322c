import { useLayoutEffect, useRef } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { SetupSnippets } from '../../setup/setup-snippets.tsx';
import { TestRequest } from '../../setup/test-request.tsx';

/** A key that was created a moment ago, with its secret. Never leaves component state. */
export interface CreatedKey {
  secret: string;
  name: string;
  /** Empty: all that the owner may use. */
  models: readonly string[];
}

/** The one look at a new secret: copy it, set up a client, try it. */
export function CreatedKeyView({
  created,
  saved,
  onCopied,
}: {
  created: CreatedKey;
  saved: boolean;
  onCopied: () => void;
}) {
  const top = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // The sheet may still be scrolled to where the form was left.
    top.current?.parentElement?.scrollTo(0, 0);
  }, []);
  return (
    <div ref={top} className="flex flex-col gap-8">
      <div className="flex flex-col gap-3">
        <Field
          label="New key, shown once"
          hint={`This is the secret of ${created.name}. We store only a fingerprint: nobody can show it to you again.`}
        >
          <TextInput
            readOnly
            value={created.secret}
            translate="no"
            autoComplete="off"
            spellCheck={false}
            data-1p-ignore
            data-lpignore="true"
            onFocus={(event) => event.target.select()}
            className="h-11 font-mono text-control"
          />
        </Field>
        <CopyButton
          value={created.secret}
          label="Copy key"
          done="Key copied"
          variant={saved ? 'secondary' : 'primary'}
          autoFocus
          onCopied={onCopied}
          className="self-start"
        />
      </div>
      <Tabs
        label="What next"
        tabs={[
          {
            id: 'setup',
            label: 'Setup',
            content: <SetupSnippets secret={created.secret} allowedModels={created.models} />,
          },
          {
            id: 'test',
            label: 'Test',
            content: <TestRequest secret={created.secret} allowedModels={created.models} />,
          },
        ]}
      />
    </div>
  );
}
