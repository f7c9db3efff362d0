import { keyedDigest, type SecretKey } from '../../platform/crypto/key.ts';
import type { CustomerId, OrderId } from '../../platform/ids/ids.ts';

/** What opens the receipt of one order and nothing else. */
export const linkSecret = (key: SecretKey, customer: CustomerId, order: OrderId): Buffer =>
  keyedDigest(key, 'receipt link', customer, order);

/** The path of an order's link, for whoever may see the order. */
export const receiptPath = (key: SecretKey, customer: CustomerId, order: OrderId): string =>
  `/beleg/${customer}/${order}/${linkSecret(key, customer, order).toString('base64url')}`;
