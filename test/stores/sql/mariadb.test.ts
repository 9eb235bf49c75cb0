import { Mariadb } from '../../servers/mariadb.ts'
import { testServer } from './conformance.ts'

const KEY = 'character set ascii collate ascii_bin'
const VERSION = 'version varchar(32) not null, expires_at bigint not null'
const DATA = 'data longtext character set utf8mb4 not null'

await testServer('MariaDB', await Mariadb.start(), {
  'a column is missing': [`id varchar(64) primary key, ${VERSION}`, /finds no data/],
  'id is not unique': [`id varchar(64) ${KEY}, ${VERSION}, ${DATA}`, /id is not unique/],
  'id takes capital letters for small ones': [
    `id varchar(64) character set utf8mb4 collate utf8mb4_general_ci primary key, ${VERSION}, ${DATA}`,
    /id does not tell capital letters from small ones/,
  ],
  'texts end at 64 KB': [
    `id varchar(64) ${KEY} primary key, ${VERSION}, data text character set utf8mb4`,
    /does not take a record/,
  ],
  'the character set has no emoji': [
    `id varchar(64) ${KEY} primary key, ${VERSION}, data longtext character set utf8mb3`,
    /does not take a record|text comes back altered/,
  ],
})
