import type { Column } from '../../components/data-table.tsx';
import { Status } from '../../components/status.tsx';
import type { ListedKey } from './key-queries.ts';
import { describeKeyStatus } from './key-status.ts';

/** Whether a key works, in a word; why not, on the word. */
export const keyStatusColumn: Column<ListedKey> = {
  id: 'status',
  header: 'Status',
  mobile: 'badge',
  cell: (key) => {
    const status = describeKeyStatus(key);
    return (
      <Status tone={status.tone} title={status.hint}>
        {status.words}
      </Status>
    );
  },
};
