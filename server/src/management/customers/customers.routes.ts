import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import * as contract from './customers.contract.ts';
import { findCustomer, findCustomers } from './customers.store.ts';
import {
  blockCustomers,
  createCustomer,
  deleteCustomers,
  unblockCustomers,
  updateCustomer,
} from './write-customers.ts';

/** The endpoints about customers. */
export function customerRoutes(parts: Parts): Route[] {
  const { db } = parts.storage;
  return [
    implement(contract.createCustomer, (call, input) => createCustomer(parts, call, input)),
    implement(contract.getCustomer, (_call, input) => findCustomer(db, input.end_user_id)),
    implement(contract.listCustomers, () => findCustomers(db, null)),
    implement(contract.updateCustomer, (call, input) => updateCustomer(parts, call, input)),
    implement(contract.deleteCustomers, (call, input) => deleteCustomers(parts, call, input.user_ids)),
    implement(contract.blockCustomers, (call, input) => blockCustomers(parts, call, input.user_ids)),
    implement(contract.unblockCustomers, (call, input) => unblockCustomers(parts, call, input.user_ids)),
  ];
}
