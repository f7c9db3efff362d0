/**
 * The types that are promised to users of the SDK, against those that the server's own description has. What is wrong here
 * is found by the compiler (`npm run check`); the file that it is compared with is made by a test of the server.
 */
import { expectTypeOf, it } from 'vitest';
import type { Api } from './generated/api.ts';
import type {
  BulkRecords,
  Collection,
  CollectionDefinition,
  ConsistencyProof,
  CreatedToken,
  Customer,
  CustomerPage,
  Erasure,
  ErasureOrder,
  ErasurePage,
  ErasurePreview,
  ErasureWish,
  FileList,
  JournalPage,
  Matches,
  NewToken,
  PersonPage,
  Purpose,
  RecordPage,
  StoredFile,
  StoredVersion,
  TokenInfo,
} from './types.ts';

type Answer<Operation extends keyof Api> = Api[Operation]['answer'];
type Body<Operation extends keyof Api> = Api[Operation] extends { readonly body: infer Sent } ? Sent : never;

const customer = '/v1/customers/{customer}' as const;
const record = `${customer}/people/{person}/records/{collection}/{record}` as const;

it('what the server answers is what the SDK says that it hands out', () => {
  expectTypeOf<Answer<'GET /v1/customers'>>().toExtend<CustomerPage>();
  expectTypeOf<Answer<'POST /v1/customers'>>().toExtend<Customer>();
  expectTypeOf<Answer<`GET ${typeof customer}`>>().toExtend<Customer>();
  expectTypeOf<Answer<`GET ${typeof customer}/collections`>['collections'][number]>().toExtend<
    Omit<Collection, 'definition'>
  >();
  expectTypeOf<Answer<`GET ${typeof customer}/people`>>().toExtend<PersonPage>();
  expectTypeOf<Answer<`POST ${typeof customer}/people`>>().toExtend<{ readonly person: string }>();
  expectTypeOf<Answer<`PUT ${typeof record}`>>().toExtend<StoredVersion>();
  expectTypeOf<Answer<`DELETE ${typeof record}`>>().toExtend<ErasureOrder>();
  expectTypeOf<Answer<`GET ${typeof customer}/people/{person}/records/{collection}`>>().toExtend<RecordPage>();
  expectTypeOf<Answer<`POST ${typeof customer}/records/get`>['receipts']>().toExtend<BulkRecords['receipts']>();
  expectTypeOf<Answer<`POST ${typeof customer}/records/find`>>().toExtend<Matches>();
  expectTypeOf<Answer<`PUT ${typeof customer}/people/{person}/files/{file}`>>().toExtend<StoredFile>();
  expectTypeOf<Answer<`GET ${typeof customer}/people/{person}/files`>>().toExtend<FileList>();
  expectTypeOf<Answer<`POST ${typeof customer}/erasures`>>().toExtend<Erasure>();
  expectTypeOf<Answer<`POST ${typeof customer}/erasures/preview`>>().toExtend<ErasurePreview>();
  expectTypeOf<Answer<`GET ${typeof customer}/erasures`>>().toExtend<ErasurePage>();
  expectTypeOf<Answer<`GET ${typeof customer}/erasures/{order}`>>().toExtend<Erasure>();
  expectTypeOf<Answer<`GET ${typeof customer}/journal`>>().toExtend<Omit<JournalPage, 'entries'>>();
  expectTypeOf<Answer<`GET ${typeof customer}/journal/consistency`>>().toExtend<ConsistencyProof>();
  expectTypeOf<Answer<'GET /v1/tokens'>['tokens'][number]>().toExtend<TokenInfo>();
  expectTypeOf<Answer<'POST /v1/tokens'>>().toExtend<CreatedToken>();
  expectTypeOf<Answer<'GET /v1/purposes'>['purposes'][number]>().toEqualTypeOf<Purpose>();
});

it('what the SDK sends is what the server takes', () => {
  expectTypeOf<CollectionDefinition['fields']>().toExtend<
    Body<`PUT ${typeof customer}/collections/{collection}`>['fields']
  >();
  expectTypeOf<CollectionDefinition['schema']['type']>().toExtend<
    Body<`PUT ${typeof customer}/collections/{collection}`>['schema']['type']
  >();
  expectTypeOf<ErasureWish>().toExtend<Body<`POST ${typeof customer}/erasures`>>();
  // The actions are a list that grows: the SDK takes any, and the server says which it does not know.
  expectTypeOf<Omit<NewToken, 'actions'>>().toExtend<Omit<Body<'POST /v1/tokens'>, 'actions'>>();
});
