import { type Kind, OwnedStore } from './clients.ts'

/** What the conformance suite calls in another process. */
export default ({
  kind,
  ports,
  prefix,
}: {
  kind: Kind
  ports: number[]
  prefix: string
}): Promise<OwnedStore> => OwnedStore.open(kind, ports, { prefix })
