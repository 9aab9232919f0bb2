// Sixteen codes of `bits` bits each, 2 to 8, between the bytes of a vector and a plain little-endian bit stream: code 0
// in the lowest bits of the first byte. Eight codes fill `bits` whole bytes, so sixteen fill 2·bits: four lanes of 2·bits
// bits, then two of 4·bits, then two words of 8·bits, each step half as many lanes that are twice as wide.
//
// Nothing is read or written outside the 2·bits bytes: where they are no power of two, two accesses overlap.

/** Writes the low `bits` bits of each byte of `codes`. */
// @ts-ignore: decorator
@inline
export function packCodes(target: usize, codes: v128, bits: i32): void {
  if (bits === 8) {
    v128.store(target, codes);
    return;
  }
  const mask: i32 = (1 << bits) - 1;
  let v = v128.and(codes, i8x16.splat(<i8>mask));
  v = v128.or(v128.and(v, i16x8.splat(0xff)), i16x8.shl(i16x8.shr_u(v, 8), bits));
  v = v128.or(v128.and(v, i32x4.splat(0xffff)), i32x4.shl(i32x4.shr_u(v, 16), bits << 1));
  v = v128.or(v128.and(v, i64x2.splat(0xffffffff)), i64x2.shl(i64x2.shr_u(v, 32), bits << 2));
  const low = <u64>i64x2.extract_lane(v, 0);
  const high = <u64>i64x2.extract_lane(v, 1);
  const wordBits = <u64>(bits << 3);
  const first = low | (high << wordBits);
  if (bits >= 4) {
    store<u64>(target, first);
    // The last 8 of the 2·bits bytes.
    if (bits > 4) store<u64>(target + (bits << 1) - 8, (low >> (2 * wordBits - 64)) | (high << (64 - wordBits)));
  } else {
    store<u32>(target, <u32>first);
    if (bits === 3) store<u16>(target + 4, <u16>(first >> 32));
  }
}

/** Reads sixteen codes into the bytes of a vector, their signs extended from bit `bits` − 1. */
// @ts-ignore: decorator
@inline
export function unpackCodes(source: usize, bits: i32): v128 {
  if (bits === 8) return v128.load(source);
  const wordBits = <u64>(bits << 3);
  let low: u64;
  let high: u64;
  if (bits >= 4) {
    low = load<u64>(source);
    high = load<u64>(source + (bits << 1) - 8) >> (64 - wordBits);
  } else {
    low = <u64>load<u32>(source);
    if (bits === 3) low |= (<u64>load<u16>(source + 4)) << 32;
    high = low >> wordBits;
  }
  let v = i64x2.replace_lane(i64x2.splat(low), 1, high);
  const quadBits = bits << 2;
  const quads = i64x2.splat((<i64>1 << quadBits) - 1);
  v = v128.or(v128.and(v, quads), i64x2.shl(v128.and(i64x2.shr_u(v, quadBits), quads), 32));
  const pairBits = bits << 1;
  const pairs = i32x4.splat((1 << pairBits) - 1);
  v = v128.or(v128.and(v, pairs), i32x4.shl(v128.and(i32x4.shr_u(v, pairBits), pairs), 16));
  const mask: i32 = (1 << bits) - 1;
  const singles = i16x8.splat(<i16>mask);
  v = v128.or(v128.and(v, singles), i16x8.shl(v128.and(i16x8.shr_u(v, bits), singles), 8));
  const signBit: i32 = 1 << (bits - 1);
  const sign = i8x16.splat(<i8>signBit);
  return i8x16.sub(v128.xor(v, sign), sign);
}
