export { customerRoutes } from './customers.routes.ts';
export { type CustomerRecord, loadCustomer } from './load-customer.ts';
