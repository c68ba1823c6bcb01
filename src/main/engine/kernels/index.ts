// The loops over elements: compiled from assembly/ (AssemblyScript, one .wasm), each with a slow twin in reference/
// against which tests compare it. What the exports do and promise is written at each function in assembly/.
// May import: nothing; callers hand in memory and numbers.
