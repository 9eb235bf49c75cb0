import { declareAccounts } from './declare.ts'
import { STORES } from './stores.ts'

for (const [name, open] of Object.entries(STORES)) declareAccounts(name, open)
