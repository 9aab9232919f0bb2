// Matrices cut into tiles of 16 × 16, and put together again: under formats whose scale is a tile's.
//
// Memory: float32, 4-byte aligned. Rows: 16·`strips` rows of `columns` values, a multiple of 16, row after row. Tiles: of
// each strip of 16 rows the tiles from left to right, each with its 256 values in the order of rows. The two do not overlap.

const TILE_ROW_BYTES: usize = 64;
const TILE_ROWS: usize = 16;

/** The tiles of a matrix. */
export function tilesFromRows(target: usize, source: usize, columns: i32, strips: i32): void {
  const rowBytes = (<usize>columns) << 2;
  for (; strips > 0; strips--, source += TILE_ROWS * rowBytes) {
    for (let tile = source; tile < source + rowBytes; tile += TILE_ROW_BYTES) {
      let from = tile;
      for (const end = target + TILE_ROWS * TILE_ROW_BYTES; target < end; target += TILE_ROW_BYTES, from += rowBytes) {
        v128.store(target, v128.load(from));
        v128.store(target, v128.load(from, 16), 16);
        v128.store(target, v128.load(from, 32), 32);
        v128.store(target, v128.load(from, 48), 48);
      }
    }
  }
}

/** The matrix of tiles. */
export function rowsFromTiles(target: usize, source: usize, columns: i32, strips: i32): void {
  const rowBytes = (<usize>columns) << 2;
  for (; strips > 0; strips--, target += TILE_ROWS * rowBytes) {
    for (let tile = target; tile < target + rowBytes; tile += TILE_ROW_BYTES) {
      let to = tile;
      for (const end = source + TILE_ROWS * TILE_ROW_BYTES; source < end; source += TILE_ROW_BYTES, to += rowBytes) {
        v128.store(to, v128.load(source));
        v128.store(to, v128.load(source, 16), 16);
        v128.store(to, v128.load(source, 32), 32);
        v128.store(to, v128.load(source, 48), 48);
      }
    }
  }
}
