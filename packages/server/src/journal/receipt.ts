import type { Clock } from '../platform/clock/clock.ts';
import type { CustomerId, Name, PersonId } from '../platform/ids/ids.ts';

/** What a durable entry allows to be opened: this person's data, for this purpose, in this scope, once. */
export interface Release {
  readonly customer: CustomerId;
  /** `undefined`: nobody's in particular (details of services and unknown accounts). */
  readonly person: PersonId | undefined;
  readonly purpose: string;
  /** `undefined`: every collection of the person (an export). */
  readonly collection: Name | undefined;
  readonly what: 'records' | 'file' | 'details';
}

/** Where the entry stands, as it is handed to the caller. Its wire form is `formatReceipt`, another type. */
export interface ReceiptPosition {
  readonly origin: string;
  readonly index: number;
  readonly leaf: Buffer;
}

interface Held extends Release {
  readonly fence: number;
  readonly committedAtMs: number;
}

const permit = Symbol('the journal alone');

/** Takes what a receipt holds, and leaves it empty. Set by the class, whose private field nobody else can reach. */
let take: (receipt: Receipt) => Held | undefined;

/**
 * Proof, inside this process, that an entry is durable. Only the journal can make one: the constructor wants a symbol
 * that never leaves this module. (No log, no data.)
 */
export class Receipt {
  readonly #position: ReceiptPosition;
  #held: Held | undefined;
  static {
    take = (receipt) => {
      // Something that only looks like a receipt has no such field.
      if (!(#held in receipt)) return undefined;
      const held = receipt.#held;
      receipt.#held = undefined;
      return held;
    };
  }
  constructor(key: symbol, position: ReceiptPosition, held?: Held) {
    if (key !== permit) throw new TypeError('only the journal makes receipts');
    this.#position = position;
    this.#held = held;
  }
  get position(): ReceiptPosition {
    return this.#position;
  }
}

/** For the journal's queue alone; `dependency-cruiser` and a test keep it there. */
export function issueReceipt(position: ReceiptPosition, release: Release, fence: number, clock: Clock): Receipt {
  return new Receipt(permit, position, { ...release, fence, committedAtMs: clock.monotonicMs() });
}

/** How long after its commit a receipt may be redeemed. A key that dies later than that is no longer ours to use. */
export const receiptLifeMs = 5_000;

export class ReceiptRefused extends Error {
  override readonly name = 'ReceiptRefused';
  readonly code: 'receipt_refused' | 'receipt_expired';
  constructor(message: string, code: 'receipt_refused' | 'receipt_expired' = 'receipt_refused') {
    super(message);
    this.code = code;
  }
}

/**
 * Redeems a receipt: the first call gets what it allows, every later one is refused.
 * @throws ReceiptRefused when it was redeemed before, was not made by this journal, or is older than 5 s.
 */
export function redeem(receipt: Receipt, clock: Clock): Release & { readonly fence: number } {
  const release = take(receipt);
  if (release === undefined) throw new ReceiptRefused('this receipt was redeemed before, or is none of this process');
  if (clock.monotonicMs() - release.committedAtMs > receiptLifeMs)
    throw new ReceiptRefused('this receipt is older than its 5 seconds', 'receipt_expired');
  return release;
}

/** The wire form: `origin index leaf-hash`, for the header `Obhut-Receipt` and for receipts in a body. */
export function formatReceipt({ origin, index, leaf }: ReceiptPosition): string {
  return `${origin} ${index} ${leaf.toString('base64')}`;
}
