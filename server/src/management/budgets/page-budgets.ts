import type * as z from 'zod/mini';
import type { Parts } from '../parts.ts';
import type { pageBudgets as endpoint } from './budgets.contract.ts';
import './budgets.table.ts';
import { presentBudget } from './present-budget.ts';

/** A page of the budgets, the newest first, with the ways to the other pages. */
export async function pageBudgets(
  { storage }: Parts,
  query: { page?: number | undefined; page_size?: number | undefined },
): Promise<z.infer<(typeof endpoint)['result']>> {
  const page = query.page ?? 1;
  const pageSize = query.page_size ?? 50;
  const budgets = storage.db.selectFrom('budgets');
  const { count } = await budgets.select((is) => is.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  const rows = await budgets
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('budget_id', 'desc')
    .limit(pageSize)
    .offset((page - 1) * pageSize)
    .execute();
  const totalPages = Math.ceil(Number(count) / pageSize);
  const lastPage = Math.max(totalPages, 1);
  const linkTo = (number: number) => `/management/v1/budgets?page=${number}&page_size=${pageSize}`;
  return {
    data: rows.map(presentBudget),
    meta: { total_count: Number(count), page, page_size: pageSize, total_pages: totalPages },
    links: {
      self: linkTo(page),
      first: linkTo(1),
      prev: page > 1 ? linkTo(Math.min(page - 1, lastPage)) : null,
      next: page < lastPage ? linkTo(page + 1) : null,
      last: linkTo(lastPage),
    },
  };
}
