// The count of @openmined/psi.js for bench/private_bench.py: node psi_js_peer.js DIR SIZE
// Both parties in one process, SIZE keys each, every third in common; Raw, as its compressed kinds may count wrongly.
const path = require('path')
const [dir, sizeText] = process.argv.slice(2)
const size = Number(sizeText)
const PSI = require(path.resolve(dir, 'node_modules/@openmined/psi.js/psi_wasm_node.js'))

const seconds = work => {
  const began = process.hrtime.bigint()
  const got = work()
  return [Number(process.hrtime.bigint() - began) / 1e9, got]
}

PSI().then(psi => {
  const server = psi.server.createWithNewKey(false)
  const client = psi.client.createWithNewKey(false)
  const theirs = Array.from({ length: size }, (_, i) => `member${i * 3}@mail.example`)
  const ours = Array.from({ length: size }, (_, i) => `member${i * 2}@mail.example`)
  const [setup, made] = seconds(() => server.createSetupMessage(0.001, size, theirs, psi.dataStructure.Raw).serializeBinary())
  const [request, asked] = seconds(() => client.createRequest(ours).serializeBinary())
  const [response, answered] = seconds(() => server.processRequest(psi.request.deserializeBinary(asked)).serializeBinary())
  const [count, found] = seconds(() => client.getIntersectionSize(psi.serverSetup.deserializeBinary(made), psi.response.deserializeBinary(answered)))
  const shouldBe = Math.floor((2 * size - 1) / 6) + 1 // multiples of 6 below 2 * size; ours end there first
  if (found !== shouldBe) {
    console.error(`psi.js counts ${found}, ${shouldBe} are in common`)
    process.exitCode = 1
  }
  console.log(JSON.stringify({ setup, request, response, count, found, bytes: made.length + asked.length + answered.length }))
})
