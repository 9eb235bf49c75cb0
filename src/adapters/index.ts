export {
  type AdaptedStore,
  expressSession,
  type ExpressStore,
  type ExpressStoreBase,
  fromExpressStore,
} from './express-store.ts'
export { fromKoaStore, type KoaStore, type KoaStoreOptions } from './koa-store.ts'
export type { AdapterOptions } from './options.ts'
export { decodeRecord, encodeRecord, type RecordContent } from '../draft/codec.ts'
