import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CodeBlock } from '../components/code-block.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { Checkbox, Field, Select } from '../components/field.tsx';
import { EmptyState, ErrorState, Skeleton } from '../components/states.tsx';
import { Tabs } from '../components/tabs.tsx';
import { useSession } from '../session/use-session.ts';
import { buildSnippet, snippetClients } from './build-snippet.ts';
import { modelsQuery } from './models-query.ts';

/** Props of `SetupSnippets`. */
export interface SetupSnippetsProps {
  /** A secret that was just created; null: snippets read it from the environment. */
  secret: string | null;
  /** The models that the key may call; absent: all the person's. */
  allowedModels?: readonly string[];
}

/** Base URL and ready code for the usual clients. */
export function SetupSnippets({ secret, allowedModels = [] }: SetupSnippetsProps) {
  const { base_url: baseUrl } = useSession();
  const models = useQuery(modelsQuery);
  const [chosen, setChosen] = useState<string | null>(null);
  const [stream, setStream] = useState(false);

  if (models.isError)
    return <ErrorState what="Your models" error={models.error} onRetry={() => void models.refetch()} />;
  if (models.isPending) return <Skeleton className="h-40 w-full" />;
  const names = allowedModels.length > 0 ? callable(models.data, allowedModels) : models.data;
  const model = chosen ?? names[0];
  if (model === undefined) {
    return (
      <EmptyState title="You can’t call any model yet">
        Ask an admin of this gateway for access to a model. Then your setup appears here.
      </EmptyState>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center gap-2">
        <span className="text-head text-ink-3">Base URL</span>
        <code translate="no" className="min-w-0 truncate">
          {baseUrl}
        </code>
        <CopyButton value={baseUrl} label="Copy base URL" size="icon" />
      </div>
      <div className="flex flex-wrap items-end gap-x-6 gap-y-3">
        <Field label="Model" className="w-64">
          <Select
            value={model}
            onChange={(event) => setChosen(event.target.value)}
            options={names.map((name) => ({ value: name, label: name }))}
          />
        </Field>
        <Checkbox
          className="pb-1.5"
          label="Stream the answer"
          checked={stream}
          onChange={(event) => setStream(event.target.checked)}
        />
      </div>
      <Tabs
        label="Client"
        tabs={snippetClients.map(({ id, label }) => ({
          id,
          label,
          content: <CodeBlock label={`${label} setup`} code={buildSnippet(id, { baseUrl, model, secret, stream })} />,
        }))}
      />
    </div>
  );
}

/** Of the models one may call, those on a key's list; names on the list that are not patterns count as well. */
function callable(models: readonly string[], allowed: readonly string[]): readonly string[] {
  const matching = models.filter((model) => allowed.includes(model));
  if (matching.length > 0) return matching;
  const exact = allowed.filter((name) => !name.includes('*') && !name.startsWith('all-'));
  return exact.length > 0 ? exact : models;
}
