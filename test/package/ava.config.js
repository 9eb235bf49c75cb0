export default {
  files: ['build/test/package/*.registry.js'],
  nodeArguments: ['--enable-source-maps'],
  timeout: '10m',
}
