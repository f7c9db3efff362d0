export type { CustomerHandle, Lookup } from './customer.ts';
export type { Erasures } from './erasures.ts';
export { type Language, ObhutError, type OwnCode } from './error.ts';
export { type ExportedFile, type ExportOptions, exportedFilePath, isExportedFile } from './export.ts';
export type { FileContent, FileHandle, FileReading, Files, OpenFile } from './files.ts';
export type { ImportOptions, ImportRun } from './import.ts';
export type { Journal, JournalPaging, LogChoice } from './journal.ts';
export { createMemory, extendsKnown, type KnownLog, type KnownLogs } from './known-logs.ts';
export { createObhut, type Obhut, type ObhutOptions } from './obhut.ts';
export {
  entryOfClaim,
  figuresText,
  needsSums,
  type PageClaim,
  PageDiffers,
  type PageSentence,
  type SecurityPage,
  sentenceWords,
  showSamePageLog,
  verifyPageClaim,
  verifyPageSentence,
} from './page.ts';
export type { Person, ReadRecord, RecordHandle, RecordsOfPerson, WriteCondition, WrittenRecord } from './person.ts';
export type { Paging, Reading } from './read.ts';
export {
  parseReceipt,
  type Receipt,
  ReceiptError,
  type ReceiptErrorCode,
  type VerifiedReceipt,
} from './receipt.ts';
export { type ExtendedHead, type Heads, showSameLog, verifiedHead } from './same-log.ts';
export type { Body } from './transport.ts';
export type * from './types.ts';
export { newUuid } from './uuid.ts';
