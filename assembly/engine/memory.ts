// Where the module's own memory ends and the host's arena may begin.

/** First byte that no static data of the module occupies. */
export function heapBase(): usize {
  return __heap_base;
}
